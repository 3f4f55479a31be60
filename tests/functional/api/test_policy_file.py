"""The operator's policy file: what it says counts, also when it changes."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
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


#: As a program does it: what earlier tests have imported may wait in other ways.
_ASK = """\
import sys
from nova_api.cmd import patch
patch.apply()
import http.server, threading
from nova_api import conf
from nova_api.api import policy
from nova_api.api.compute import RESOURCES
from nova_api.context import RequestContext

class Yes(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"True")

path, name = sys.argv[1:]
server = http.server.HTTPServer(("127.0.0.1", 0), Yes)
threading.Thread(target=server.serve_forever, daemon=True).start()
for rule in (f"http://127.0.0.1:{server.server_port}/", "!"):
    with open(path, "w") as file:
        file.write(f'"{name}": "{rule}"\\n')
    made = conf.new([], [])
    made.set_override("policy_file", path, group="api")
    print(policy.Enforcer(made).allows(RequestContext(roles=[]), name, {"project_id": "p"}))
"""


def test_a_rule_may_ask_a_remote_service(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-c", _ASK, tmp_path / "policy.yaml", INDEX]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["True", "False"], done.stderr


def test_the_apis_of_one_configuration_share_an_enforcer() -> None:
    conf = nova_conf.new([], [])
    assert policy.of(conf) is policy.of(conf)
    assert policy.of(nova_conf.new([], [])) is not policy.of(conf)
