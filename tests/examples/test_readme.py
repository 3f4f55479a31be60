"""The walk-through shows every example, and every command in it names files that exist."""

from __future__ import annotations

import pathlib
import re

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
README = (EXAMPLES / "README.md").read_text(encoding="utf-8")


def test_every_example_is_walked_through() -> None:
    parts = {path.name for path in EXAMPLES.iterdir() if path.suffix == ".py" or path.is_dir()}
    missing = sorted(part for part in parts - {"serving.py", "__pycache__"} if part not in README)
    assert not missing


def test_every_file_that_a_command_names_exists() -> None:
    named = re.findall(r"(?:examples/[\w./-]+|(?<!venv/)bin/[\w-]+)", README)
    assert named
    missing = sorted({name for name in named if not (EXAMPLES.parent / name).exists()})
    assert not missing
