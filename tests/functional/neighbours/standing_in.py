"""Two programs: one that stands for a cloud's other services, and one that has none of its own.

The first is ``nova-all`` as it comes.  Its ``/identity``, ``/image``, ``/network``
and ``/volume`` stand for Keystone, Glance, Neutron and Cinder; the second is a
``nova-all`` that is configured as a production deployment is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests
import yaml

from tests.real_process import ROOT, answering, free_port

#: Seconds; generous, for machines that have much else to do.
PATIENCE = 120.0

OPTIONS = """\
[DEFAULT]
state_path = {state}
auth_strategy = keystone
api_rate_limit = false
osapi_compute_listen_port = {port}
host = host1
[wsgi]
api_paste_config = {folder}/paste.ini
[work]
sweep_interval = 0.5
max_attempts = 2
retry_interval = 0.2
[keystone_authtoken]
www_authenticate_uri = {auth_url}
auth_type = password
auth_url = {auth_url}
username = nova
password = service-secret
project_name = service
user_domain_name = Default
project_domain_name = Default
http_connect_timeout = 60
[neighbours]
{neighbours}
[glance]
timeout = 60
[neutron]
timeout = 60
[cinder]
timeout = 60
"""
REAL = "images = glance\nnetworks = neutron\nvolumes = cinder"
#: Lines of the paste file that an operator takes out, with what stands elsewhere.
EMBEDDED = ("/identity =", "/image =", "/network =", "/volume =")


def write_options(
    folder: pathlib.Path, auth_url: str, port: int, neighbours: str = REAL, more: str = ""
) -> pathlib.Path:
    """The two files of a deployment whose neighbours are elsewhere; the path of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    shipped = (ROOT / "etc" / "api-paste.ini").read_text()
    kept = [line for line in shipped.splitlines() if not line.startswith(EMBEDDED)]
    (folder / "paste.ini").write_text("\n".join(kept))
    text = OPTIONS.format(
        state=folder / "state", folder=folder, port=port, auth_url=auth_url, neighbours=neighbours
    )
    (folder / "nova.conf").write_text(text + more)
    return folder / "nova.conf"


@dataclasses.dataclass
class Place:
    """Where both are, and how to speak to them as one user."""

    url: str
    around: str
    project_id: str
    token: str
    admin_token: str
    outside: subprocess.Popen[bytes]

    def call(
        self, method: str, path: str, body: Any = None, *, at: str | None = None, admin: bool = False
    ) -> requests.Response:
        headers = {"X-Auth-Token": self.admin_token if admin else self.token}
        headers["OpenStack-API-Version"] = "compute 2.90, volume 3.44"
        return requests.request(method, (at or self.url) + path, json=body, headers=headers, timeout=120)

    def done(self, method: str, path: str, body: Any = None, **where: Any) -> Any:
        reply = self.call(method, path, body, **where)
        assert reply.status_code < 400, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def old(self, method: str, path: str, body: Any = None) -> requests.Response:
        """A request of microversion 2.1, which has the proxies of old."""
        headers = {"X-Auth-Token": self.token}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=120)

    # --- servers

    def boot(self, **wanted: Any) -> dict[str, Any]:
        """A server that has become ACTIVE."""
        asked = {"name": "vm", "flavorRef": "1", **wanted}
        made = self.done("POST", "/servers", {"server": asked})["server"]
        return self.settled(made["id"])

    def settled(self, server_id: str, status: str = "ACTIVE") -> dict[str, Any]:
        def there() -> Any:
            server = self.done("GET", f"/servers/{server_id}")["server"]
            # Between scheduler and host nothing seems to be done with a server in BUILD.
            moving = server["OS-EXT-STS:task_state"] is not None or server["status"] == "BUILD"
            return None if moving else server

        server = until(there, f"server {server_id} is idle")
        assert server["status"] == status, server
        return server

    def gone(self, server_id: str) -> None:
        self.done("DELETE", f"/servers/{server_id}")
        until(lambda: self.call("GET", f"/servers/{server_id}").status_code == 404, f"{server_id} is gone")

    def ports_of(self, server_id: str) -> list[dict[str, Any]]:
        found = self.done("GET", f"/network/v2.0/ports?device_id={server_id}", at=self.around, admin=True)
        return list(found["ports"])


def until(condition: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


def _token(around: str, auth: dict[str, str]) -> tuple[str, str]:
    user = {"name": auth["username"], "password": auth["password"], "domain": {"id": "default"}}
    scope = {"project": {"name": auth["project_name"], "domain": {"id": "default"}}}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": scope}}
    reply = requests.post(f"{around}/identity/v3/auth/tokens", json=body, timeout=30)
    assert reply.status_code == 201, reply.text
    return reply.headers["X-Subject-Token"], reply.json()["token"]["project"]["id"]


def _service_user(around: str, token: str, state: pathlib.Path, project_id: str) -> None:
    """The user nova, administrator everywhere: here, in its own project and in the one that is used."""
    command = [sys.executable, "-m", "nova_api.cmd.manage", "--state-path", str(state), "account", "create"]
    roles = ["--project", "service", "--role", "admin", "--role", "service"]
    subprocess.run([*command, "nova", *roles, "--password", "service-secret"], check=True, cwd=ROOT)
    headers = {"X-Auth-Token": token}
    identity = f"{around}/identity/v3"
    users = requests.get(f"{identity}/users?name=nova", headers=headers, timeout=30).json()["users"]
    found = requests.get(f"{identity}/roles?name=admin", headers=headers, timeout=30).json()["roles"]
    path = f"projects/{project_id}/users/{users[0]['id']}/roles/{found[0]['id']}"
    assert requests.put(f"{identity}/{path}", headers=headers, timeout=30).status_code == 204


@contextlib.contextmanager
def standing_in(folder: pathlib.Path) -> Iterator[Place]:
    """Both programs, started, and ended afterwards."""
    around_port, port = free_port(), free_port()
    around, state = f"http://127.0.0.1:{around_port}", folder / "around"
    strategy = folder / "around.conf"
    strategy.write_text("[DEFAULT]\nauth_strategy = deprecated\napi_rate_limit = false\n")
    command = [sys.executable, str(ROOT / "bin" / "nova-all")]
    outside = [
        *command,
        "--config-file",
        str(strategy),
        "--state-path",
        str(state),
        "--port",
        str(around_port),
    ]
    with answering(outside, around, log=folder / "around.log", within=PATIENCE) as process:
        until((state / "clouds.yaml").exists, "clouds.yaml is written")
        clouds = yaml.safe_load((state / "clouds.yaml").read_text())["clouds"]
        admin_token, _ = _token(around, clouds["admin"]["auth"])
        token, project_id = _token(around, clouds["demo"]["auth"])
        _service_user(around, admin_token, state, project_id)
        conf = write_options(folder / "inside", f"{around}/identity/v3", port)
        url = f"http://127.0.0.1:{port}"
        inside = [*command, "--config-file", str(conf)]
        with answering(inside, url, log=folder / "inside.log", within=PATIENCE):
            try:
                yield Place(f"{url}/v2.1", around, project_id, token, admin_token, process)
            finally:
                print((folder / "inside.log").read_text()[-6000:])
