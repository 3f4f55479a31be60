"""A real Keystone, a real Glance, and this service configured to use them."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import yaml

from tests.functional.neighbours.standing_in import PATIENCE, until, write_options
from tests.production import installed
from tests.real_process import ROOT, answering, free_port

HERE = pathlib.Path(__file__).resolve().parent
REGION = "RegionOne"
OLD = {"OpenStack-API-Version": "compute 2.1"}
#: name → (project, roles there).
USERS = {
    "nova": ("service", ("admin", "service")),
    "glance": ("service", ("admin", "service")),
    "boss": ("lab", ("admin", "member", "reader")),
    "worker": ("lab", ("member", "reader")),
    "visitor": ("lab", ("reader",)),
    "stranger": ("other", ("member", "reader")),
}


@dataclasses.dataclass
class Keystone:
    """A running Keystone with its administrator, and what was made in it."""

    url: str
    folder: pathlib.Path
    process: subprocess.Popen[bytes]
    password: str = dataclasses.field(default_factory=lambda: secrets.token_hex(8))
    projects: dict[str, str] = dataclasses.field(default_factory=dict)

    def token(self, user: str, project: str | None = None, **scope: Any) -> str:
        """A fresh token; ``scope`` replaces that of the user's project."""
        who = {"name": user, "password": self.password, "domain": {"id": "default"}}
        where = project or ("admin" if user == "admin" else USERS[user][0])
        asked = scope or {"project": {"name": where, "domain": {"id": "default"}}}
        identity = {"methods": ["password"], "password": {"user": who}}
        reply = requests.post(
            f"{self.url}/auth/tokens", json={"auth": {"identity": identity, "scope": asked}}, timeout=120
        )
        assert reply.status_code == 201, reply.text
        return reply.headers["X-Subject-Token"]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        token = self.__dict__.setdefault("_admin", None) or self.token("admin")
        self.__dict__["_admin"] = token
        headers = {"X-Auth-Token": token, **headers}
        reply = requests.request(method, self.url + path, json=body, headers=headers, timeout=120)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def fill(self) -> None:
        """Projects and users."""
        roles = {one["name"]: one["id"] for one in self.call("GET", "/roles")["roles"]}
        for project in sorted({project for project, _ in USERS.values()}):
            made = self.call("POST", "/projects", {"project": {"name": project, "domain_id": "default"}})
            self.projects[project] = made["project"]["id"]
        for name, (project, held) in USERS.items():
            user = {"name": name, "password": self.password, "domain_id": "default"}
            made = self.call("POST", "/users", {"user": user})["user"]
            for role in held:
                path = f"/projects/{self.projects[project]}/users/{made['id']}/roles/{roles[role]}"
                self.call("PUT", path)
            if name == "boss":
                self.call("PUT", f"/system/users/{made['id']}/roles/{roles['admin']}")

    def publish(self, kind: str, name: str, url: str) -> None:
        """A service in the catalog."""
        service = self.call("POST", "/services", {"service": {"type": kind, "name": name}})["service"]
        for interface in ("public", "internal"):
            endpoint = {"service_id": service["id"], "interface": interface, "url": url, "region_id": REGION}
            self.call("POST", "/endpoints", {"endpoint": endpoint})


@pytest.fixture(scope="session")
def interpreter() -> pathlib.Path:
    try:
        return installed.python()
    except installed.NotInstalled as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def keystone(interpreter: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystone]:
    folder = tmp_path_factory.mktemp("keystone")
    port, password = free_port(), secrets.token_hex(8)
    url = f"http://127.0.0.1:{port}/v3"
    command = [interpreter, HERE / "keystone_server.py", folder, str(port), password]
    with answering(command, url, log=folder / "log", cwd=folder, within=PATIENCE) as process:
        made = Keystone(url, folder, process, password)
        made.fill()
        yield made


@pytest.fixture(scope="session")
def glance(interpreter: pathlib.Path, keystone: Keystone, tmp_path_factory: Any) -> Iterator[Any]:
    """The process; its endpoint is in the catalog, and an image is there for everybody."""
    folder = tmp_path_factory.mktemp("glance")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [interpreter, HERE / "glance_server.py", folder, str(port), keystone.url, keystone.password]
    with answering(command, url, log=folder / "log", cwd=folder, within=PATIENCE) as process:
        keystone.publish("image", "glance", url)
        headers = {"X-Auth-Token": keystone.token("admin")}
        image = {"name": "cirros", "visibility": "public", "disk_format": "raw", "container_format": "bare"}
        made = requests.post(f"{url}/v2/images", json=image, headers=headers, timeout=120).json()
        headers["Content-Type"] = "application/octet-stream"
        path = f"{url}{made['file']}"
        assert requests.put(path, data=b"\0" * 4096, headers=headers, timeout=120).status_code == 204
        yield process


@dataclasses.dataclass
class Nova:
    """This service as a process, and those who use it."""

    url: str
    keystone: Keystone
    folder: pathlib.Path

    def call(self, method: str, path: str, token: str, body: Any = None, **headers: str) -> requests.Response:
        headers = {"X-Auth-Token": token, "OpenStack-API-Version": "compute 2.90", **headers}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=120)

    def openstack(self, *arguments: str, user: str = "worker") -> str:
        """What ``openstack …`` prints; fails the test when it fails."""
        project = USERS[user][0]
        clouds = {
            "auth_url": self.keystone.url,
            "username": user,
            "password": self.keystone.password,
            "project_name": project,
            "user_domain_id": "default",
            "project_domain_id": "default",
        }
        path = self.folder / f"{user}.yaml"
        path.write_text(yaml.safe_dump({"clouds": {"it": {"auth": clouds, "region_name": REGION}}}))
        clean = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
        done = subprocess.run(
            [pathlib.Path(sys.executable).parent / "openstack", "--os-cloud", "it", *arguments],
            env={**clean, "OS_CLIENT_CONFIG_FILE": str(path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"openstack {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def idle(self, token: str, server_id: str) -> dict[str, Any]:
        """The server, when nothing is done with it any more."""

        def there() -> Any:
            server = self.call("GET", f"/servers/{server_id}", token).json()["server"]
            moving = server["OS-EXT-STS:task_state"] is not None or server["status"] == "BUILD"
            return None if moving else server

        found: dict[str, Any] = until(there, f"server {server_id} is idle")
        return found


@contextlib.contextmanager
def nova_beside(
    keystone: Keystone, folder: pathlib.Path, port: int, neighbours: str = "", more: str = ""
) -> Iterator[Nova]:
    """This service in the ``keystone`` pipeline, with ``more`` options."""
    path = write_options(folder, keystone.url, port, neighbours, more)
    text = path.read_text().replace("service-secret", keystone.password)
    path.write_text(text)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(ROOT / "bin" / "nova-all"), "--config-file", str(path)]
    with answering(command, url, log=folder / "log", within=PATIENCE):
        try:
            yield Nova(f"{url}/v2.1", keystone, folder)
        finally:
            print((folder / "log").read_text()[-6000:])


@pytest.fixture(scope="session")
def nova(keystone: Keystone, glance: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nova]:
    """With images from Glance; its endpoint is in the catalog."""
    port = free_port()
    keystone.publish("compute", "nova", f"http://127.0.0.1:{port}/v2.1")
    with nova_beside(keystone, tmp_path_factory.mktemp("nova"), port, "images = glance") as made:
        yield made


@pytest.fixture
def worker(keystone: Keystone) -> str:
    return keystone.token("worker")


@pytest.fixture
def cirros(nova: Nova, worker: str) -> str:
    listed = nova.call("GET", "/images?name=cirros", worker, **OLD).json()["images"]
    return str(listed[0]["id"])


def boot(nova: Nova, token: str, image: str, name: str = "vm") -> dict[str, Any]:
    body = {"server": {"name": name, "flavorRef": "1", "networks": "none", "imageRef": image}}
    made = nova.call("POST", "/servers", token, body)
    assert made.status_code == 202, made.text
    return nova.idle(token, made.json()["server"]["id"])


def act(nova: Nova, token: str, server: dict[str, Any], **action: Any) -> requests.Response:
    return nova.call("POST", f"/servers/{server['id']}/action", token, action)
