"""What `pip install .` would put into site-packages is complete, and serves from any folder."""

from __future__ import annotations

import json
import pathlib
import shutil
import signal
import subprocess
import sys
import urllib.request

import pytest

from tests import real_process
from tests.real_process import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder like site-packages, built from a copy of the sources (a build writes into its folder)."""
    folder = tmp_path_factory.mktemp("packaging")
    source, library = folder / "source", folder / "lib"
    source.mkdir()
    for name in ("nova_api", "etc"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    built = subprocess.run(
        [sys.executable, "setup.py", "-q", "build", "--build-lib", str(library)],
        cwd=source,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return library


def test_every_module_is_carried(installed: pathlib.Path) -> None:
    here = {str(path.relative_to(ROOT)) for path in ROOT.glob("nova_api/**/*.py")}
    there = {str(path.relative_to(installed)) for path in installed.glob("nova_api/**/*.py")}
    assert here - there == set()


def test_every_file_that_is_no_module_is_carried(installed: pathlib.Path) -> None:
    here = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("nova_api/**/*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    there = {str(path.relative_to(installed)) for path in installed.glob("nova_api/**/*") if path.is_file()}
    assert here - there == set()
    for path in (ROOT / "etc").rglob("*"):
        assert path.is_dir() or f"nova_api/{path.relative_to(ROOT)}" in there


def test_nova_all_serves_from_any_folder(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    port = real_process.free_port()
    options = tmp_path / "nova.conf"
    options.write_text(f"[DEFAULT]\nstate_path = {tmp_path / 'state'}\nosapi_compute_listen_port = {port}\n")
    log = tmp_path / "log"
    code = (
        "import sys, nova_api; "
        f"assert nova_api.__file__.startswith({str(installed)!r}), nova_api.__file__; "
        "from nova_api.cmd.all import main; sys.exit(main())"
    )
    url = f"http://127.0.0.1:{port}/"
    with real_process.answering(
        [sys.executable, "-c", code, "--config-file", str(options)],
        url,
        log=log,
        cwd=tmp_path,
        environment={"PYTHONPATH": str(installed)},
    ) as process:
        with urllib.request.urlopen(url, timeout=10) as reply:
            document = json.load(reply)
        assert {version["id"] for version in document["versions"]} == {"v2.0", "v2.1"}
        assert (tmp_path / "state").is_dir()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0, log.read_text()
