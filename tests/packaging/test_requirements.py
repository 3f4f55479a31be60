"""setup.py and constraints.txt agree, and the programs that are promised exist."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture import rules

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETUP = (ROOT / "setup.py").read_text(encoding="utf-8")
#: Quoted strings of setup.py that are requirements: a name, and a bound or nothing.
REQUIREMENTS = [
    Requirement(text)
    for block in re.findall(r"^REQUIRES = \[.*?^\]|^EXTRAS = \{.*?^\}", SETUP, re.MULTILINE | re.DOTALL)
    for text in re.findall(r'"([A-Za-z][\w.-]*(?:>=[\w.]+)?)"(?!:)', block)
]
PROGRAMS = re.findall(r'"(nova-[\w-]+) = ([\w.]+):(\w+)"', SETUP)
PINS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
#: What a new virtual environment brings along stays as it is there.
UNPINNED = {"setuptools"}


def test_requirements_were_found() -> None:
    names = {requirement.name for requirement in REQUIREMENTS}
    assert {"eventlet", "WebOb", "pytest", "PyMySQL", "redis"} <= names
    assert {name for name, _, _ in PROGRAMS} == {
        "nova-all",
        "nova-api",
        "nova-compute",
        "nova-manage",
        "nova-scheduler",
    }


@pytest.mark.parametrize(
    "requirement", [found for found in REQUIREMENTS if found.name not in UNPINNED], ids=str
)
def test_a_pin_satisfies_its_lower_bound(requirement: Requirement) -> None:
    pins = {canonicalize_name(name): version for name, version in PINS.items()}
    pin = pins.get(canonicalize_name(requirement.name))
    assert pin is not None, f"constraints.txt does not pin {requirement.name}"
    assert pin in requirement.specifier


def test_what_the_package_imports_is_required() -> None:
    """A library that only comes along with another one may leave with it."""
    required = {canonicalize_name(requirement.name) for requirement in REQUIREMENTS}
    providers = importlib.metadata.packages_distributions()
    missing = set()
    for path in ROOT.glob("nova_api/**/*.py"):
        for _, name in rules.imports(path.read_text(encoding="utf-8")):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top == "nova_api":
                continue
            if not required & {canonicalize_name(provider) for provider in providers.get(top, [top])}:
                missing.add(f"{path.relative_to(ROOT)} imports {top}")
    assert not missing


@pytest.mark.parametrize(("program", "module", "function"), PROGRAMS)
def test_a_program_exists_in_the_checkout_and_as_an_entry_point(program, module, function) -> None:
    script = ROOT / "bin" / program
    assert os.access(script, os.X_OK), f"{script} is not executable"
    code = f"import importlib; assert callable(getattr(importlib.import_module({module!r}), {function!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


@pytest.mark.parametrize(
    ("python", "says"),
    [("python3.11-that-is-not-here", "needs Python 3.11"), ("/bin/false", "needs Python 3.11")],
)
def test_make_says_what_is_missing(tmp_path, python, says) -> None:
    made = subprocess.run(
        ["make", "--no-print-directory", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}", "run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode != 0
    assert says in made.stdout
    assert "Traceback" not in made.stdout + made.stderr
