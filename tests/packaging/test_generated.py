"""What is generated from the code and committed is what the code generates now."""

from __future__ import annotations

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_sample_of_the_options_is_current(tmp_path: pathlib.Path) -> None:
    made = tmp_path / "nova.conf"
    subprocess.run(
        [
            str(pathlib.Path(sys.executable).parent / "oslo-config-generator"),
            *("--namespace", "nova_api", "--output-file", str(made)),
        ],
        check=True,
        capture_output=True,
    )
    assert made.read_text() == (ROOT / "etc" / "nova.conf").read_text(), "run: make samples"


def test_the_sample_of_the_policies_is_current() -> None:
    listed = subprocess.run(
        [sys.executable, str(ROOT / "bin" / "nova-manage"), "policy", "list"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout == (ROOT / "etc" / "policy.yaml").read_text(), "run: make samples"


def test_the_coverage_page_is_current(tmp_path: pathlib.Path) -> None:
    made = tmp_path / "coverage.md"
    subprocess.run(
        [sys.executable, str(ROOT / "bin" / "nova-manage"), "coverage", "--write", str(made)],
        check=True,
        capture_output=True,
    )
    assert made.read_text() == (ROOT / "docs" / "coverage.md").read_text(), "run: make coverage-doc"
