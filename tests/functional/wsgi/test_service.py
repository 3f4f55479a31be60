"""The service as a process: how it starts, drains, reloads and keeps its workers alive."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from tests.functional.wsgi.serving import ROOT, Process, alive

Start = Callable[..., Process]

each_way = pytest.mark.parametrize("workers", [1, 2], ids=["one process", "two workers"])


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.02)


# --- starting ---------------------------------------------------------------------


@each_way
def test_taken_port_is_one_line_and_status_2(start: Start, workers: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(osapi_compute_listen_port=taken.getsockname()[1], osapi_compute_workers=workers)
        assert process.popen.wait(15) == 2
    (line,) = process.log.read_text().splitlines()
    assert re.fullmatch(r"nova-api: cannot listen on 127\.0\.0\.1:\d+: Address already in use", line)


@each_way
def test_broken_ini_is_one_line_and_status_2(start: Start, workers: int, tmp_path: pathlib.Path) -> None:
    ini = tmp_path / "broken.ini"
    ini.write_text("[app:osapi_compute]\npaste.app_factory = no.such:module\n")
    process = start({"api_paste_config": ini}, osapi_compute_workers=workers)
    assert process.popen.wait(15) == 2
    lines = [line for line in process.log.read_text().splitlines() if " INFO " not in line]
    assert len(lines) == 1, lines
    assert "broken.ini" in lines[0]
    assert "no.such" in lines[0]


def test_wrong_option_is_one_line_and_status_2(start: Start) -> None:
    process = start({"pool_size": "many"})
    assert process.popen.wait(15) == 2
    (line,) = process.log.read_text().splitlines()
    assert "pool_size" in line


def test_unusable_certificate_is_one_line_and_status_2(start: Start, tmp_path: pathlib.Path) -> None:
    process = start({"ssl_cert_file": tmp_path / "missing.pem"})
    assert process.popen.wait(15) == 2
    (line,) = process.log.read_text().splitlines()
    assert "missing.pem" in line


def test_noauth_beyond_this_machine_needs_to_be_meant(start: Start) -> None:
    process = start(osapi_compute_listen="0.0.0.0")
    assert process.popen.wait(15) == 2
    (line,) = process.log.read_text().splitlines()
    assert "allow_noauth_on_any_address" in line


@pytest.mark.parametrize(
    "meant",
    [{"allow_noauth_on_any_address": True}, {"auth_strategy": "keystone"}],
    ids=lambda value: next(iter(value)),
)
def test_other_addresses_when_meant_or_guarded(start: Start, meant: dict[str, object]) -> None:
    process = start(osapi_compute_listen="0.0.0.0", **meant).ready()
    process.address = process.said(r"listens on 0.0.0.0:(\d+)")
    with socket.create_connection(("127.0.0.1", process.port)):
        pass


def test_service_of_another_name_has_the_classic_options(tmp_path: pathlib.Path) -> None:
    program = """
from nova_api.cmd import patch
patch.apply()
from nova_api import conf, service
import http.client, threading

class Loader:
    def load_app(self, name):
        def app(environ, start_response):
            start_response("200 OK", [])
            return [name.encode()]
        return app

with conf.activate(conf.new([], config_files=[])):
    options = service.WSGIService("tidings", loader=Loader())
    try:
        service.WSGIService("tidings", loader=Loader())
    except service.MISTAKES as mistake:
        print("second:", mistake)
print(options.host, options.port, options.workers)
options.start()
connection = http.client.HTTPConnection(options.host, options.port)
connection.request("GET", "/")
print(connection.getresponse().read().decode())
connection.close()
options.stop()
options.wait()
"""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8774)) == 0:
            pytest.skip("the default port 8774 is in use on this machine")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.splitlines() == [
        "second: cannot listen on 127.0.0.1:8774: Address already in use",
        "127.0.0.1 8774 1",
        "tidings",
    ]


@each_way
def test_the_collector_leaves_alone_what_the_start_has_made(start: Start, workers: int) -> None:
    server = start(osapi_compute_workers=workers).ready()
    kept, threshold = json.loads(server.get("/collector"))
    assert kept > 10_000
    assert threshold > 10_000


# --- ending -----------------------------------------------------------------------


@each_way
def test_sigterm_finishes_the_request_in_flight_and_takes_no_other(start: Start, workers: int) -> None:
    server = start(osapi_compute_workers=workers).ready()
    idle, busy = server.connect(), server.connect()
    idle.get()
    busy.send("GET /slow?1 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)
    server.signal(signal.SIGTERM)
    assert idle.ended()
    wait_for(lambda: _refused(server.port), "the port still takes connections")
    reply = busy.reply()
    assert reply.body == b"one"
    assert reply.headers["connection"] == "close"
    assert server.popen.wait(5) == 0
    idle.close()
    busy.close()


def _refused(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) != 0


def test_who_was_connected_before_sigterm_is_still_answered(start: Start) -> None:
    server = start().ready()
    busy = server.connect()
    busy.send("GET /busy?0.5 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)  # the process is busy: who connects now waits in the backlog
    waiting = [server.connect() for _ in range(20)]
    for talk in waiting[::2]:
        talk.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    server.signal(signal.SIGTERM)
    time.sleep(0.5)
    for talk in waiting[1::2]:
        talk.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [talk.reply().body for talk in (busy, *waiting)] == [b"one"] * 21
    assert server.popen.wait(5) == 0
    for talk in (busy, *waiting):
        talk.close()


@each_way
def test_sigterm_cuts_what_takes_too_long(start: Start, workers: int) -> None:
    server = start({"graceful_shutdown_timeout": 0.5}, osapi_compute_workers=workers).ready()
    talk = server.connect()
    talk.send("GET /slow?60 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)
    begun = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.popen.wait(9) == 0
    assert time.monotonic() - begun < 9
    assert talk.ended()
    talk.close()
    assert "connections were cut" in server.log.read_text()
    assert "Traceback" not in server.log.read_text()


@each_way
@pytest.mark.parametrize(
    "signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]], ids=["SIGINT", "SIGTERM twice"]
)
def test_ends_at_once_when_told_so(start: Start, workers: int, signals: list[signal.Signals]) -> None:
    server = start(osapi_compute_workers=workers).ready()
    talk = server.connect()
    talk.send("GET /slow?60 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)
    begun = time.monotonic()
    for number in signals:
        server.signal(number)
        time.sleep(0.3)
    server.popen.wait(9)
    assert time.monotonic() - begun < 9
    assert talk.ended()
    talk.close()


# --- reloading --------------------------------------------------------------------


class Load:
    """Clients that ask without pause, half of them on kept connections; counts words and failures."""

    def __init__(self, server: Process) -> None:
        self.server = server
        self.words: set[str] = set()
        self.asked = 0
        self.failures: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(index % 2 == 0,)) for index in range(4)]

    def _run(self, keep: bool) -> None:
        talk = self.server.connect() if keep else None
        while not self._stop.is_set():
            try:
                word = talk.get().body.decode() if talk else self.server.get()
            except (OSError, AssertionError) as failure:
                self.failures.append(failure)
                break
            self.words.add(word)
            self.asked += 1
        if talk:
            talk.close()

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@each_way
def test_sighup_shows_the_new_application_and_refuses_nobody(start: Start, workers: int) -> None:
    server = start(osapi_compute_workers=workers).ready()
    old = server.connect()
    old.send("GET /slow?1 HTTP/1.1\r\nHost: x\r\n\r\n")
    with Load(server) as load:
        wait_for(lambda: "one" in load.words, "the first word is not served")
        for word in ("two", "three"):
            server.word(word)
            server.signal(signal.SIGHUP)
            wait_for(lambda word=word: {server.get() for _ in range(10)} == {word}, f"{word} is not served")
    assert load.failures == []
    assert load.words == {"one", "two", "three"}
    assert load.asked > 50
    assert old.reply().body == b"one"
    old.close()


@each_way
def test_sighup_with_a_broken_ini_changes_nothing_but_the_log(start: Start, workers: int) -> None:
    server = start(osapi_compute_workers=workers).ready()
    server.ini.write_text("[app:osapi_compute]\npaste.app_factory = no.such:module\n")
    before = server.log.read_text()
    with Load(server) as load:
        server.signal(signal.SIGHUP)
        wait_for(lambda: server.log.read_text().count("goes on as it was") == workers, "nothing was logged")
    assert (load.failures, load.words) == ([], {"one"})
    lines = [line for line in server.log.read_text()[len(before) :].splitlines() if " INFO " not in line]
    assert len(lines) == workers
    assert all("api-paste.ini" in line and "no.such" in line for line in lines)
    server.word("two")
    server.signal(signal.SIGHUP)
    wait_for(lambda: {server.get() for _ in range(10)} == {"two"}, "the mended ini is not served")


def test_sighup_takes_over_options(start: Start) -> None:
    server = start({"max_request_line": 300}).ready()
    assert server.get("/" + "x" * 200) == "one"
    assert "longer than 300" in server.get("/" + "x" * 400)
    server.options({"osapi_compute_listen_port": 0}, {"max_request_line": 1000})
    server.signal(signal.SIGHUP)
    wait_for(lambda: server.get("/" + "x" * 400) == "one", "the new limit does not hold")
    server.options({"osapi_compute_listen_port": 0}, {"max_request_line": "long"})
    server.signal(signal.SIGHUP)
    server.said("goes on as it was: .*max_request_line")
    assert server.get("/" + "x" * 400) == "one"


# --- workers ----------------------------------------------------------------------


def test_worker_that_is_killed_is_replaced(start: Start) -> None:
    server = start(osapi_compute_workers=2).ready()
    victim, other = server.children()
    served = {int(server.get("/pid")) for _ in range(10)}
    assert served <= {victim, other}
    assert server.popen.pid not in served
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: len(server.children() - {victim}) == 2, "the worker was not replaced")
    assert other in server.children()
    assert server.get() == "one"
    server.said(r"a worker ended by signal 9")


def test_replacements_serve_what_sighup_brought(start: Start) -> None:
    server = start(osapi_compute_workers=2).ready()
    server.word("two")
    server.signal(signal.SIGHUP)
    wait_for(lambda: {server.get() for _ in range(10)} == {"two"}, "the new word is not served")
    before = server.children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(server.children() - before) == 2, "the workers were not replaced")
    assert {server.get() for _ in range(10)} == {"two"}


def test_workers_that_keep_dying_are_started_ever_more_slowly(start: Start) -> None:
    server = start(osapi_compute_workers=2).ready()
    server.ini.write_text("broken")
    os.kill(server.children().pop(), signal.SIGKILL)
    time.sleep(2.5)
    waits = [float(wait) for wait in re.findall(r"the next starts in ([\d.]+) s", server.log.read_text())]
    assert waits[:2] == [0.0, 1.0]
    assert len(waits) <= 4
    assert server.get() == "one"  # by the other worker, all the while


def test_workers_end_when_their_parent_is_killed(start: Start) -> None:
    server = start(osapi_compute_workers=2).ready()
    workers = server.children()
    assert len(workers) == 2
    server.popen.kill()
    wait_for(lambda: not any(alive(pid) for pid in workers), "workers live on without a parent")
