"""What is wrong with the options of other services: one line, and exit status 2."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from nova_api import backend
from nova_api import conf as nova_conf
from nova_api.cmd import workers
from nova_api.neighbours.misconfigured import Misconfigured
from tests.functional.neighbours.standing_in import REAL, write_options
from tests.real_process import ROOT, free_port

NOWHERE = "http://127.0.0.1:9/v3"


def started(conf: pathlib.Path) -> tuple[int, str]:
    command = [sys.executable, ROOT / "bin" / "nova-all", "--config-file", conf]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stderr.splitlines()
    return done.returncode, lines[-1] if lines else ""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("auth_type = password", "auth_type = passwort", r"does not say who asks the service of \[glance\]"),
        (f"auth_url = {NOWHERE}\nusername", "username", "auth_url"),
        ("[glance]", "[glance]\ncredentials_section = images_user", r"\[images_user\] has no auth_type"),
    ],
)
def test_credentials_that_cannot_work(tmp_path: pathlib.Path, old: str, new: str, told: str) -> None:
    conf = write_options(tmp_path, NOWHERE, 8774, REAL)
    text = conf.read_text()
    assert old in text
    conf.write_text(text.replace(old, new, 1))
    with pytest.raises(Misconfigured, match=told):
        workers.require_neighbours(backend.of(nova_conf.new([], [str(conf)])))


def test_a_mistake_is_told_before_anything_is_served(tmp_path: pathlib.Path) -> None:
    conf = write_options(tmp_path, NOWHERE, free_port(), REAL)
    text = conf.read_text()
    conf.write_text(text.replace("auth_type = password", ""))
    assert started(conf) == (
        2,
        "nova-all: [keystone_authtoken] has no auth_type, and [glance] needs it",
    )
    (tmp_path / "whole.ini").write_text((ROOT / "etc" / "api-paste.ini").read_text())
    conf.write_text(text.replace("paste.ini", "whole.ini"))
    status, line = started(conf)
    assert status == 2
    assert line.endswith("without it, take the line /image out of the paste file")


def managed(conf: pathlib.Path, *command: str) -> subprocess.CompletedProcess[str]:
    """nova-manage as a process: libraries of Keystone's that it loads would stay with the tests."""
    program = [sys.executable, "-m", "nova_api.cmd.manage", "--config-file", conf]
    return subprocess.run(
        [*program, *command], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )


def test_paste_check_wants_the_line_out_and_not_what_it_led_to(tmp_path: pathlib.Path) -> None:
    conf = write_options(tmp_path, NOWHERE, free_port(), REAL)
    kept = (tmp_path / "paste.ini").read_text()
    good = managed(conf, "paste", "check")
    assert good.returncode == 0, good.stderr
    for path in ("image", "network", "volume"):
        back = kept.replace("\n/share =", f"\n/{path} = {path}\n/share =")
        (tmp_path / "paste.ini").write_text(back)
        bad = managed(conf, "paste", "check")
        assert bad.returncode == 2
        assert f"take the line /{path} out of the paste file" in bad.stdout + bad.stderr


def test_services_that_cannot_be_asked(tmp_path: pathlib.Path) -> None:
    conf = write_options(tmp_path, NOWHERE, free_port(), "images = glance")
    done = managed(conf, "neighbours", "check")
    assert done.returncode == 1
    identity, images, networks, volumes = done.stdout.splitlines()
    assert identity.startswith("identity  BAD   Keystone of [keystone_authtoken] cannot be asked")
    assert images.startswith("images    BAD   Keystone of [keystone_authtoken] cannot be asked")
    assert networks == "networks  good  embedded"
    assert volumes == "volumes   good  embedded"
