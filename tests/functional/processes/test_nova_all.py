"""nova-all as a process: first start, restart, kill -9, reset; and nova-manage beside it."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests import real_process
from tests.functional.work.cloud import until
from tests.real_process import ROOT

IMAGE_FLAVOR = {"flavorRef": "1", "networks": "auto"}
PASSWORD_AUTH = "/identity/v3/auth/tokens"


class Cloud:
    """A nova-all in its own folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.port = real_process.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, **environment: str) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "bin" / "nova-all", "--state-path", self.state]
                + ["--port", str(self.port), *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, **environment},
            )
        until(self._answers, "nova-all answers")
        until(lambda: f"nova-api answers at {self.url}" in self.log.read_text(), "nova-all greets")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(self.url + "/", timeout=2):
                return True
        except OSError:
            return False

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        os.kill(self.process.pid, number)
        return self.process.wait(timeout=20)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ROOT / "bin" / "nova-manage", "--state-path", self.state, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def call(self, method: str, path: str, body: Any = None, token: str | None = "admin:p") -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "X-OpenStack-Nova-API-Version": "2.37",
                **({"X-Auth-Token": token} if token else {}),
            },
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def password(self, user: str) -> str:
        clouds = yaml.safe_load((self.state / "clouds.yaml").read_text())["clouds"]
        return str(clouds[user]["auth"]["password"])

    def log_in(self, user: str) -> Any:
        identity = {
            "methods": ["password"],
            "password": {
                "user": {"name": user, "domain": {"id": "default"}, "password": self.password(user)}
            },
        }
        scope = {"project": {"name": user, "domain": {"id": "default"}}}
        return self.call("POST", PASSWORD_AUTH, {"auth": {"identity": identity, "scope": scope}}, None)

    def boot(self, name: str) -> str:
        (image,) = self.call("GET", "/image/v2/images")["images"]
        body = {"server": {"name": name, "imageRef": image["id"], **IMAGE_FLAVOR}}
        return str(self.call("POST", "/v2.1/servers", body)["server"]["id"])

    def server(self, uuid: str) -> Any:
        return self.call("GET", f"/v2.1/servers/{uuid}")["server"]

    def active(self, uuid: str) -> bool:
        server = self.server(uuid)
        assert server["status"] in ("BUILD", "ACTIVE"), server
        return bool(server["status"] == "ACTIVE")


@pytest.fixture
def cloud(tmp_path: pathlib.Path) -> Iterator[Cloud]:
    made = Cloud(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def test_first_start_restart_and_end(cloud: Cloud) -> None:
    began = time.monotonic()
    cloud.start()
    took = time.monotonic() - began
    assert took < 15, f"{took} s"  # 2 s on a machine of its own
    said = cloud.log.read_text()
    for line in (
        f"nova-api answers at {cloud.url}",
        f"export OS_CLIENT_CONFIG_FILE={cloud.state / 'clouds.yaml'}",
        "openstack --os-cloud demo server create",
        "openstack --os-cloud demo server list",
    ):
        assert line in said
    assert stat.S_IMODE((cloud.state / "clouds.yaml").stat().st_mode) == 0o600
    assert cloud.log_in("admin")["token"]["user"]["name"] == "admin"
    flavors = [flavor["name"] for flavor in cloud.call("GET", "/v2.1/flavors")["flavors"]]
    assert flavors == ["m1.tiny", "m1.small", "m1.medium", "m1.large", "m1.xlarge"]

    listed = cloud.manage("service", "list").stdout
    assert "nova-compute" in listed
    assert "nova-scheduler" in listed
    assert "down" not in listed
    assert cloud.manage("db", "version").returncode == 0
    assert cloud.end() == 0

    password = cloud.password("demo")
    cloud.start()
    assert cloud.password("demo") == password
    cloud.log_in("demo")
    cloud.end()
    (cloud.state / "clouds.yaml").unlink()
    cloud.start()
    assert cloud.password("demo") != password
    cloud.log_in("demo")
    assert cloud.end() == 0


def test_options_that_the_machine_has_for_another_are_not_read(cloud: Cloud) -> None:
    usual = cloud.folder / ".nova-api"
    usual.mkdir()
    (usual / "nova.conf").write_text("[database]\nconnection = sqlite:///of-another.sqlite\n")
    (usual / "api-paste.ini").write_text("[composite:another]\n")
    cloud.start(HOME=str(cloud.folder))
    assert (cloud.state / "nova-api.sqlite").exists()
    assert not (cloud.folder / "of-another.sqlite").exists()
    # Which is where the other programs look.
    command = [sys.executable, ROOT / "bin" / "nova-manage", "db", "sync"]
    subprocess.run(command, env={**os.environ, "HOME": str(cloud.folder)}, cwd=cloud.folder, check=True)
    assert (cloud.folder / "of-another.sqlite").exists()


def test_killed_in_the_middle_of_a_build_it_ends_active(cloud: Cloud) -> None:
    options = cloud.folder / "nova.conf"
    options.write_text("[fake]\nbuild_time = 30\n")
    cloud.start("--config-file", str(options))
    uuid = cloud.boot("vm1")
    until(lambda: cloud.server(uuid)["OS-EXT-STS:task_state"] == "spawning", "the build is at work")
    cloud.end(signal.SIGKILL)
    options.write_text("[fake]\nbuild_time = 0\n[work]\nunclaimed_after = 300\n")
    cloud.start("--config-file", str(options))
    until(lambda: cloud.active(uuid), "the server is ACTIVE")
    guests = list((cloud.state / "fake").glob(f"*/{uuid}/*"))
    assert len(guests) == 1

    # Options read again: what the new application casts still reaches the workers, without the sweep.
    assert cloud.process is not None
    os.kill(cloud.process.pid, signal.SIGHUP)
    until(lambda: "has read its options" in cloud.log.read_text(), "SIGHUP is heard")
    reloaded = cloud.boot("vm3")
    until(lambda: cloud.active(reloaded), "a server is ACTIVE after SIGHUP")

    # Reset while it runs: the server has gone, the accounts are as they were.
    password = cloud.password("admin")
    done = cloud.manage("reset", "--yes")
    assert done.returncode == 0, done.stderr
    assert cloud.call("GET", "/v2.1/servers?all_tenants=1")["servers"] == []
    assert cloud.password("admin") == password
    cloud.log_in("admin")
    again = cloud.boot("vm2")
    until(lambda: cloud.active(again), "a server is ACTIVE after the reset")


def test_sighup_with_neighbours_that_cannot_work_changes_nothing(cloud: Cloud) -> None:
    options = cloud.folder / "nova.conf"
    options.write_text("[fake]\nbuild_time = 0\n")
    cloud.start("--config-file", str(options))
    assert cloud.process is not None
    for wrong, words in (
        ("images = glance", r"has no auth_type, and \[glance\] needs it"),
        ("networks = neutron", r"has no auth_type, and \[neutron\] needs it"),
        ("volumes = cinder", r"has no auth_type, and \[cinder\] needs it"),
        ("images = none", "option images .* not valid"),
    ):
        options.write_text(f"[fake]\nbuild_time = 0\n[neighbours]\n{wrong}\n")
        os.kill(cloud.process.pid, signal.SIGHUP)
        told = re.compile(f"osapi_compute goes on as it was: .*{words}")
        until(lambda told=told: told.search(cloud.log.read_text()), f"the mistake of {wrong} is told")
    uuid = cloud.boot("vm")
    until(lambda: cloud.active(uuid), "a server is ACTIVE with the neighbours of before")
    assert "Traceback" not in cloud.log.read_text()


def test_mistakes_are_told_in_one_line(cloud: Cloud) -> None:
    options = cloud.folder / "nova.conf"
    for text, words in (
        ("[DEFAULT]\nosapi_compute_workers = 3\n", "nova-all is one process"),
        ("[fake]\nvcpus = many\n", "vcpus"),
        ("[DEFAULT]\nosapi_compute_listen = 0.0.0.0\n", "noauth"),
    ):
        options.write_text(text)
        done = subprocess.run(
            [sys.executable, ROOT / "bin" / "nova-all", "--state-path", cloud.state, "--port", "0"]
            + ["--config-file", options],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        assert words in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
