"""Keystone and Glance in a venv of their own, installed once for each list of requirements."""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "keystone-requirements.txt"
#: Seconds that pip may take before the tests are skipped.
INSTALLS_WITHIN = 600


class NotInstalled(Exception):
    """They cannot be had here; the message says why."""


def python() -> pathlib.Path:
    """The interpreter of the venv, made now where it is missing; raises NotInstalled."""
    text = REQUIREMENTS.read_bytes() + sys.version.encode()
    name = f"keystone-{hashlib.sha256(text).hexdigest()[:12]}"
    cache = os.environ.get("XDG_CACHE_HOME")
    folder = (pathlib.Path(cache) / "nova-api" if cache else HERE.parents[1] / "build") / name
    found, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        venv.create(folder, clear=True, with_pip=False)
        _install(found)
        done.touch()
    return found


def _install(interpreter: pathlib.Path) -> None:
    # --no-deps: everything is in the list, and resolving it takes longer than installing it.
    command = [sys.executable, "-m", "pip", "--python", str(interpreter), "install", "--quiet"]
    command += ["--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile"]
    try:
        subprocess.run(
            [*command, "-r", str(REQUIREMENTS)],
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALLS_WITHIN,
        )
    except subprocess.CalledProcessError as error:
        lines = [line for line in error.stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
        raise NotInstalled(f"Keystone and Glance cannot be installed: {lines[-1]}") from error
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"Keystone and Glance took more than {INSTALLS_WITHIN} s to install") from error
