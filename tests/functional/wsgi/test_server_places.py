"""Where a server listens, in what language, and how many clients it holds."""

from __future__ import annotations

import pathlib
import resource
import socket
import ssl
import time
from collections.abc import Callable

import pytest

from tests.functional.wsgi.serving import Process, Talk

Start = Callable[..., Process]


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no address ::1")


@needs_ipv6
def test_ipv6(start: Start) -> None:
    server = start(osapi_compute_listen="::1").ready()
    assert server.address[1] == "::1"
    assert server.get() == "one"


@needs_ipv6
def test_any_ipv6_address_takes_ipv4_too(start: Start) -> None:
    server = start(osapi_compute_listen="::", allow_noauth_on_any_address=True).ready()
    for host in ("127.0.0.1", "::1"):
        talk = Talk(socket.create_connection((host, server.port), timeout=5))
        assert talk.get().body == b"one"
        talk.close()


# --- TLS ------------------------------------------------------------------------


def test_tls(start: Start, certificate: tuple[pathlib.Path, pathlib.Path]) -> None:
    cert_file, key_file = certificate
    server = start(
        {"ssl_cert_file": cert_file, "ssl_key_file": key_file, "header_timeout": 1, "keep_alive_timeout": 1}
    ).ready()
    context = ssl.create_default_context(cafile=str(cert_file))

    def connect(used: ssl.SSLContext = context) -> Talk:
        return Talk(used.wrap_socket(server.connect_raw(), server_hostname="127.0.0.1"))

    silent = server.connect()  # never says hello, and must not keep others from doing so
    plain = server.connect()
    plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    talk = connect()
    assert b'"wsgi.url_scheme": "https"' in talk.get("/environ").body
    talk.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + "x" * 300_000)
    assert len(talk.reply().body) == 300_000
    talk.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n" + "x" * 100_000)
    assert talk.reply().status == 400
    talk.close()
    idle = connect()
    idle.get()
    assert idle.ended()
    idle.close()
    old = ssl.create_default_context(cafile=str(cert_file))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    modern = connect(old)
    assert modern.sock.version() == "TLSv1.2"
    modern.close()
    assert plain.ended()
    assert silent.ended()
    plain.close()
    silent.close()
    assert "Traceback" not in server.log.read_text()


def test_tls_with_client_certificates(start: Start, certificate: tuple[pathlib.Path, pathlib.Path]) -> None:
    cert_file, key_file = certificate
    server = start({"ssl_cert_file": cert_file, "ssl_key_file": key_file, "ssl_ca_file": cert_file}).ready()
    context = ssl.create_default_context(cafile=str(cert_file))
    nobody = context.wrap_socket(server.connect_raw(), server_hostname="127.0.0.1")
    with (
        nobody,
        pytest.raises(OSError, match="certificate required"),
    ):  # TLS 1.3 tells the client when it reads
        nobody.recv(1)
    context.load_cert_chain(cert_file, key_file)
    talk = Talk(context.wrap_socket(server.connect_raw(), server_hostname="127.0.0.1"))
    assert talk.get().body == b"one"
    talk.close()


# --- many clients -----------------------------------------------------------------


@pytest.fixture
def many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 1500:
        if hard != resource.RLIM_INFINITY and hard < 1500:
            pytest.skip(f"this process may open {hard} files only, the test needs 1,500")
        resource.setrlimit(resource.RLIMIT_NOFILE, (1500, hard))


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("pool_size", [1200, 100])
def test_a_thousand_idle_connections_keep_nobody_out(start: Start, pool_size: int) -> None:
    server = start({"pool_size": pool_size}).ready()
    idle = [server.connect() for _ in range(1000)]
    try:
        for talk in idle[-50:]:
            assert talk.get().body == b"one"
        begun = time.monotonic()
        for _ in range(20):
            assert server.get() == "one"
        assert time.monotonic() - begun < 9  # an idle connection would hold its place for 20 s
        assert idle[-1].get().body == b"one"  # those used last are the last to go
        idle[0].sock.settimeout(0.2 if pool_size > 1000 else 5)
        if pool_size > 1000:
            with pytest.raises(TimeoutError):
                idle[0].ended()
        else:
            assert idle[0].ended()
    finally:
        for talk in idle:
            talk.close()
    assert "Traceback" not in server.log.read_text()


def test_when_all_are_busy_the_next_waits_and_is_served(start: Start) -> None:
    server = start({"pool_size": 2}).ready()
    busy = [server.connect() for _ in range(2)]
    for talk in busy:
        talk.send("GET /slow?0.6 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)
    begun = time.monotonic()
    assert server.get() == "one"
    assert time.monotonic() - begun > 0.2
    for talk in busy:
        assert talk.reply().body == b"one"
        talk.close()


def test_without_files_left_the_server_makes_room(start: Start) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (80, hard))  # inherited by the server
    try:
        server = start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    server.ready()
    idle = [server.connect() for _ in range(120)]
    assert server.get() == "one"
    server.said("cannot accept a connection")
    assert server.log.read_text().count("cannot accept") == 1  # not once for each of 120 connections
    for talk in idle:
        talk.close()
