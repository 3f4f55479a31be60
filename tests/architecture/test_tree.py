"""Every rule over the whole package."""

from __future__ import annotations

import pathlib

import pytest

from tests.architecture import layers, rules

ROOT = pathlib.Path(__file__).resolve().parents[2]


def module_name(path: pathlib.Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path.read_text(encoding="utf-8") for path in ROOT.glob("nova_api/**/*.py")}
KNOWN = frozenset(SOURCES)


def test_the_package_was_found() -> None:
    assert "nova_api.conf" in SOURCES


@pytest.mark.parametrize("rule", [rules.direction, rules.domain], ids=lambda rule: rule.__name__)
def test_imports(rule) -> None:
    wrong = [line for module, source in sorted(SOURCES.items()) for line in rule(module, source, KNOWN)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "rule", [rules.eventlet, rules.versions, rules.names, rules.size], ids=lambda rule: rule.__name__
)
def test_source(rule) -> None:
    wrong = [line for module, source in sorted(SOURCES.items()) for line in rule(module, source)]
    assert not wrong, "\n".join(wrong)


def test_every_layer_is_inhabited() -> None:
    claimed = {layers.layer_of(module) for module in SOURCES}
    empty = [name for index, (name, _) in enumerate(layers.LAYERS) if index not in claimed]
    assert not empty, f"no module stands in {empty}: take them out of the picture or build them"


def test_programs_in_bin_are_thin() -> None:
    for path in (ROOT / "bin").iterdir():
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= 40, f"bin/{path.name} has {lines} lines: a program's code lives in nova_api/cmd"
