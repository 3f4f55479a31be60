"""docs/faults.md: its commands, run against a real nova-all, say what the page says they say."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests import real_process
from tests.real_process import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
#: The first commands make the files that the service is started with.
EDIT = 2


def expected(command: str) -> str:
    return command.partition("#=>")[2].strip()


@pytest.fixture
def url(tmp_path: pathlib.Path) -> Iterator[str]:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    (tmp_path / "etc").symlink_to(ROOT / "etc")
    subprocess.run(["bash", "-euc", "\n".join(COMMANDS[:EDIT])], cwd=tmp_path, check=True, timeout=20)
    port = real_process.free_port()
    program = [sys.executable, str(ROOT / "bin" / "nova-all"), "--config-file", "faults.conf"]
    program += ["--state-path", str(tmp_path / "state"), "--port", str(port)]
    with real_process.answering(program, f"http://127.0.0.1:{port}/", log=tmp_path / "log", cwd=tmp_path):
        yield f"http://127.0.0.1:{port}"


def test_the_page_s_commands_do_what_it_says(url: str, tmp_path: pathlib.Path) -> None:
    assert COMMANDS[:EDIT] == [line for line in COMMANDS if "faults.ini" in line]
    commands = [line.replace("http://127.0.0.1:8774", url) for line in COMMANDS[EDIT:]]
    script = "".join(f"printf '\\n@@@ %s\\n' {number}\n{line}\n" for number, line in enumerate(commands))
    done = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    said = dict(re.findall(r"^@@@ (\d+)\n(.*?)(?=^@@@ |\Z)", done.stdout, re.MULTILINE | re.DOTALL))
    assert sum(1 for line in commands if expected(line)) >= 10
    for number, line in enumerate(commands):
        assert expected(line) in said[str(number)], f"{line}\n{said[str(number)]}"
