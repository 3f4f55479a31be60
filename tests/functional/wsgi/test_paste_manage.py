"""nova-manage paste: check, show, serve."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from nova_api import conf as nova_conf
from nova_api.cmd.manage import paste
from nova_api.wsgi.loader import Loader
from tests.functional.wsgi.test_paste_errors import BROKEN, PARTS
from tests.real_process import ROOT

LAB = f"""
[DEFAULT]
colour = green
[composite:main]
use = call:nova_api.wsgi.urlmap:urlmap_factory
/ = guarded
/calc = echo
/again = echo
[pipeline:guarded]
pipeline = limit trail echo
[filter:limit]
paste.filter_factory = nova_api.wsgi.filters.sizelimit:SizeLimit.factory
max_request_body_size = 3
[filter:trail]
paste.filter_factory = {PARTS}:trail_factory
mark = lab
[app:echo]
paste.app_factory = {PARTS}:echo_factory
shade = %(colour)s
[composite:picked]
use = call:nova_api.wsgi.pipeline:pipeline_factory
noauth = trail echo
noauth_nolimit = echo
keystone = limit echo
"""


@pytest.fixture
def run(capsys, monkeypatch):
    """run("check", …) -> (exit status, standard output, standard error), in this process."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def command(*words):
        parser = argparse.ArgumentParser()
        paste.register(parser.add_subparsers())
        args = parser.parse_args(["paste", *map(str, words)])
        status = args.func(args)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


@pytest.fixture
def ini(tmp_path):
    def write(text, name="lab.ini"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_check_of_a_good_ini(run, ini):
    path = ini(LAB)
    assert run("check", path) == (0, f"{path} is fine: 6 sections load.\n", "")


@pytest.mark.parametrize("case", BROKEN)
def test_check_finds_what_loading_finds_in_one_line(run, ini, case):
    text, _, reason = BROKEN[case]
    path = ini(text)
    status, out, err = run("check", path)
    assert (status, out) == (2, "")
    assert err.startswith(f"{path}: ")
    assert err.count("\n") == 1


def test_check_finds_what_this_configuration_would_not_load(run, ini):
    unchosen = ini(LAB.replace("keystone = limit echo", "keystone = limit ehco"))
    Loader(nova_conf.new([], []), str(unchosen)).load_app("picked")
    status, _, err = run("check", unchosen)
    assert (status, err.split(": ")[1]) == (2, "[composite:picked] keystone")
    unreached = ini(LAB + "[filter:unused]\nuse = limit\nmax_request_body_size = big\n")
    status, _, err = run("check", unreached)
    assert (status, err.split(": ")[1]) == (2, "[filter:unused] max_request_body_size")
    slip = ini(LAB + "[fliter:slip]\nuse = limit\n")
    assert "did you mean [filter:…]?" in run("check", slip)[2]
    assert run("check", ini(LAB + "[server:main]\nuse = egg:gunicorn#main\n[loggers]\nkeys = root\n"))[0] == 0


def test_check_without_a_file(run):
    status, _, err = run("check", "/nonexistent/x.ini")
    assert (status, err) == (2, "/nonexistent/x.ini: does not exist\n")


def test_show_draws_the_tree(run, ini):
    path = ini(LAB)
    status, out, err = run("show", path, "--name", "main")
    assert (status, err) == (0, "")
    assert (
        out
        == f"""{path}
[composite:main]  nova_api.wsgi.urlmap:URLMap
├─ /  [pipeline:guarded]
│  ├─ [filter:limit]  nova_api.wsgi.filters.sizelimit:SizeLimit  max_request_body_size = 3
│  ├─ [filter:trail]  {PARTS}:Trail  mark = lab
│  └─ [app:echo]  {PARTS}:Echo  shade = green
├─ /calc  [app:echo]  {PARTS}:Echo  shade = green
└─ /again  [app:echo]  {PARTS}:Echo  (the same as above)
"""
    )


def test_show_names_the_pipeline_that_the_options_pick(run, ini):
    conf = nova_conf.new([], [])
    conf.set_override("auth_strategy", "keystone")
    with nova_conf.activate(conf):
        _, out, _ = run("show", ini(LAB), "--name", "picked")
    assert out.splitlines()[1:] == [
        "[composite:picked]  pipeline keystone  (not: noauth, noauth_nolimit)",
        "├─ [filter:limit]  nova_api.wsgi.filters.sizelimit:SizeLimit  max_request_body_size = 3",
        f"└─ [app:echo]  {PARTS}:Echo  shade = green",
    ]


def test_show_hides_passwords(run, ini):
    secret = "store = redis://me:hunter2@db/0\nAdmin_Password = hunter2\n"
    path = ini(f"[app:main]\npaste.app_factory = {PARTS}:echo_factory\n{secret}")
    _, out, _ = run("show", path, "--name", "main")
    assert out.splitlines()[1].endswith("store = redis://***@db/0  Admin_Password = ***")


@pytest.fixture
def served(ini):
    """Serves the lab in a process of its own; yields its address and the process."""
    (ini(LAB).parent / "beside.py").write_text(
        "def factory(global_conf):\n"
        "    def app(environ, start_response):\n"
        "        start_response('200 OK', [])\n"
        "        return [b'beside']\n"
        "    return app\n"
    )
    path = ini(
        LAB.replace("/again = echo", "/beside = beside")
        + "[app:beside]\npaste.app_factory = beside:factory\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bin/nova-manage"), "paste", "serve", path.name, "main", "--port", "0"],
        cwd=path.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},  # for the parts, which are the tests' own
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if " at http://" in line:
            break
    assert said, "the server said nothing"
    assert " at http://" in said[-1], "".join(said)
    yield said[-1].partition(" at ")[2].split()[0], process
    if process.poll() is None:
        process.kill()
    process.stdout.close()
    process.wait(10)


def test_serve(served):
    url, process = served
    with urllib.request.urlopen(f"{url}x/y", timeout=10) as reply:
        seen = json.load(reply)
    assert (seen["path"], seen["trail"], seen["options"]) == ("/x/y", ["lab"], {"shade": "green"})
    with urllib.request.urlopen(f"{url}beside", timeout=10) as reply:
        assert reply.read() == b"beside"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_serve_of_a_broken_ini(run, ini):
    path = ini(BROKEN["missing use"][0])
    status, out, err = run("serve", path, "main", "--port", 0)
    assert (status, out) == (2, "")
    assert err.startswith(f"{path}: [composite:main] use: ")
