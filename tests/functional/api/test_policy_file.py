"""The operator's policy file: what it says counts, also when it changes."""

from __future__ import annotations

import http.server
import os
import pathlib
import threading
import time

from nova_api import conf as nova_conf
from nova_api.api import policy
from nova_api.api.compute import RESOURCES
from nova_api.context import RequestContext

INDEX = "os_compute_api:servers:index"
TARGET = {"project_id": "p", "user_id": "u"}


def _write(path: pathlib.Path, rule: str, mtime: int) -> None:
    path.write_text(f'"{INDEX}": "{rule}"\n')
    os.utime(path, (mtime, mtime))  # two writes of one second would look alike


def test_a_changed_file_counts_within_a_second(tmp_path: pathlib.Path) -> None:
    assert RESOURCES  # declares the policies
    path = tmp_path / "policy.yaml"
    _write(path, "!", 1_000_000_000)
    conf = nova_conf.new([], [])
    conf.set_override("policy_file", str(path), group="api")
    enforcer = policy.Enforcer(conf)
    caller = RequestContext(user_id="u", project_id="p", roles=["reader"])
    assert not enforcer.allows(caller, INDEX, TARGET)
    _write(path, "@", 1_000_000_001)
    ends = time.monotonic() + 30
    while not enforcer.allows(caller, INDEX, TARGET):
        assert time.monotonic() < ends


def test_decisions_are_not_shared_between_callers_or_targets() -> None:
    enforcer = policy.Enforcer(nova_conf.new([], []))
    for _ in range(2):
        for roles, project, allowed in ((["reader"], "p", True), (["reader"], "q", False), ([], "p", False)):
            caller = RequestContext(user_id="u", project_id="p", roles=roles)
            assert enforcer.allows(caller, INDEX, {**TARGET, "project_id": project}) is allowed


class _Yes(http.server.BaseHTTPRequestHandler):
    """Says True to every question."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"True")

    def log_message(self, *_: object) -> None: ...


def test_a_rule_may_ask_a_remote_service(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "policy.yaml"
    conf = nova_conf.new([], [])
    conf.set_override("policy_file", str(path), group="api")
    with http.server.HTTPServer(("127.0.0.1", 0), _Yes) as server:
        _write(path, f"http://127.0.0.1:{server.server_port}/", 1_000_000_000)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert policy.Enforcer(conf).allows(RequestContext(roles=[]), INDEX, TARGET)
        server.shutdown()
    assert not policy.Enforcer(nova_conf.new([], [])).allows(RequestContext(roles=[]), INDEX, TARGET)


def test_the_apis_of_one_configuration_share_an_enforcer() -> None:
    conf = nova_conf.new([], [])
    assert policy.of(conf) is policy.of(conf)
    assert policy.of(nova_conf.new([], [])) is not policy.of(conf)
