"""The Paste Deploy lab, served by `nova-manage paste serve` as examples/README.md says."""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from tests import real_process
from tests.real_process import ROOT

LAB = ROOT / "examples" / "paste_lab" / "lab.ini"


@contextlib.contextmanager
def serving(ini: pathlib.Path, log: pathlib.Path) -> Iterator[str]:
    port = real_process.free_port()
    root = f"http://127.0.0.1:{port}"
    command = [sys.executable, "bin/nova-manage", "paste", "serve", str(ini), "lab", "--port", str(port)]
    with real_process.answering(command, root + "/", log=log):
        yield root


def test_two_pipelines_and_one_filter_with_two_sets_of_options(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "log"
    with serving(LAB, log) as root:
        version = requests.get(root + "/version?why=not", timeout=10)
        assert version.json() == {"name": "the paste lab", "release": "3.1"}
        answer = requests.get(root + "/calc/7/times/6?why=not", timeout=10)
        assert answer.json() == {"result": "42"}
        # digits = 6 in the section.
        assert requests.get(root + "/calc/1/over/3", timeout=10).json() == {"result": "0.333333"}
        refused = requests.get(root + "/calc/1/over/0", timeout=10)
        assert refused.status_code == 400
        assert requests.get(root + "/calc/seven", timeout=10).status_code == 400
        assert requests.get(root + "/elsewhere", timeout=10).status_code == 404
    lines = log.read_text()
    assert "lab: GET /version 200 OK" in lines
    assert "audit: GET /calc/7/times/6?why=not 200 OK" in lines


@pytest.mark.parametrize(
    ("right", "wrong", "section", "key"),
    [
        ("show_query = true", "show_query = perhaps", "filter:audit", "show_query"),
        ("pipeline = log showversion", "pipeline = lgo showversion", "pipeline:version", "lgo"),
        ("lab_apps:Calculator", "lab_apps:Calculater", "app:calculator", "paste.app_factory"),
    ],
)
def test_a_broken_lab_is_explained_in_one_line(
    tmp_path: pathlib.Path, right: str, wrong: str, section: str, key: str
) -> None:
    broken = pathlib.Path(shutil.copytree(LAB.parent, tmp_path / "lab")) / LAB.name
    text = broken.read_text()
    assert right in text
    broken.write_text(text.replace(right, wrong))
    checked = subprocess.run(
        [sys.executable, "bin/nova-manage", "paste", "check", str(broken)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert checked.returncode == 2, checked.stdout + checked.stderr
    said = (checked.stdout + checked.stderr).strip()
    assert said.count("\n") == 0, said
    assert str(broken) in said
    assert section in said
    assert key in said
