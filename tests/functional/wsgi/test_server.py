"""One server with little patience and tight limits, driven over sockets."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from tests.functional.wsgi.serving import Process, Talk

IMPATIENT = {
    "keep_alive_timeout": 1.5,
    "header_timeout": 0.4,
    "body_timeout": 0.4,
    "body_min_rate": 1000,
    "send_timeout": 0.5,
    "max_request_line": 500,
    "max_header_line": 600,
    "max_header_size": 2000,
    "max_header_count": 20,
    "max_body_size": 20_000_000,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("server"), IMPATIENT)
    try:
        yield process.ready()
    finally:
        process.end()


@pytest.fixture
def talk(server: Process) -> Iterator[Talk]:
    found = server.connect()
    yield found
    found.close()


def message(reply_body: bytes) -> str:
    ((_, fault),) = json.loads(reply_body).items()
    return fault["message"]


def test_connection_is_kept_and_replies_carry_what_they_need(talk: Talk) -> None:
    first, second = talk.get(), talk.get()
    assert (first.status, first.body, second.body) == (200, b"one", b"one")
    assert "date" in first.headers
    assert "connection" not in first.headers


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("1.1", "close", False),
        ("1.1", "Keep-Alive, Close", False),
        ("1.0", None, False),
        ("1.0", "keep-alive", True),
        ("1.1", None, True),
    ],
)
def test_client_says_whether_the_connection_is_kept(
    talk: Talk, version: str, connection: str | None, kept: bool
) -> None:
    header = f"Connection: {connection}\r\n" if connection else ""
    talk.send(f"GET / HTTP/{version}\r\nHost: x\r\n{header}\r\n")
    assert talk.reply().body == b"one"
    if kept:
        assert talk.get().body == b"one"
    else:
        assert talk.ended()


def test_pipelined_requests_are_answered_in_order(talk: Talk) -> None:
    talk.send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nA"
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nBB"
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert [talk.reply().body for _ in range(3)] == [b"A", b"BB", b"one"]


# --- time-outs ----------------------------------------------------------------


def test_clients_take_turns(server: Process, talk: Talk) -> None:
    hasty = server.connect()
    assert hasty.get().body == talk.get().body == b"one"
    hasty.send("GET /busy?0.01 HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
    assert hasty.reply().status == 200
    assert talk.get().body == b"one"
    hasty.sock.setblocking(False)
    came = hasty.sock.recv(1 << 20)
    assert came.count(b"200 OK") < 90, "whoever sends its requests all at once had them all answered first"
    hasty.close()


def test_idle_connection_outlives_the_header_timeout_and_ends_after_its_own(talk: Talk) -> None:
    talk.get()
    time.sleep(0.7)  # longer than a request's headers may take
    assert talk.get().body == b"one"
    begun = time.monotonic()
    assert talk.ended()
    assert 1.2 < time.monotonic() - begun < 9


def test_silent_new_connection_is_closed_without_a_word(talk: Talk) -> None:
    begun = time.monotonic()
    assert talk.ended()
    assert 0.2 < time.monotonic() - begun < 1.4


def drip(talk: Talk, data: bytes, pause: float) -> None:
    try:
        for byte in data:
            talk.send(bytes([byte]))
            time.sleep(pause)
    except OSError:
        return  # cut, as it should be


@pytest.mark.parametrize(
    ("sent_at_once", "dripped"),
    [
        ("", b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 100),
        ("GET / HTTP/1.1\r\nHost: x\r\nX-", b"Long: " + b"x" * 100),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", b"x" * 100),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 100),
    ],
    ids=["request line", "headers", "body", "chunk size"],
)
def test_drip_feeding_is_cut_though_no_single_pause_is_long(
    talk: Talk, sent_at_once: str, dripped: bytes
) -> None:
    talk.send(sent_at_once)
    feeder = threading.Thread(target=drip, args=(talk, dripped, 0.1))
    begun = time.monotonic()
    feeder.start()
    try:
        assert talk.reply().status == 408
        assert time.monotonic() - begun < 6  # dripping it all takes 10 s
    finally:
        talk.sock.shutdown(socket.SHUT_RDWR)
        feeder.join()


def test_long_upload_at_a_decent_rate_is_not_cut(talk: Talk) -> None:
    talk.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
    for _ in range(10):  # 1 s in all, at 5,000 bytes a second
        time.sleep(0.1)
        talk.send(b"x" * 500)
    assert len(talk.reply().body) == 5000


def test_client_that_takes_no_bytes_is_cut(server: Process) -> None:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(5)
    sock.connect(("127.0.0.1", server.port))
    sock.sendall(b"GET /big?1000 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(1.2)
    received = 0
    try:
        while data := sock.recv(1 << 20):
            received += len(data)
    except ConnectionResetError:
        pass
    sock.close()
    assert received < 30_000_000
    assert server.get() == "one"


# --- limits and sanity ----------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /" + "x" * 600 + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("GET /" + "x" * 6_000_000, 414),
        ("GET / HTTP/1.1\r\nX: " + "x" * 700 + "\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nX: " + "x" * 6_000_000, 431),
        ("GET / HTTP/1.1\r\n" + f"X: {'x' * 400}\r\n" * 6 + "\r\n", 431),
        ("GET / HTTP/1.1\r\n" + "X: x\r\n" * 30 + "\r\n", 431),
        ("POST /echo HTTP/1.1\r\nContent-Length: 20000001\r\n\r\n", 413),
        ("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1312d01\r\n", 413),
        ("POST /echo HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
        ("POST /echo HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\nx", 400),
        ("POST /echo HTTP/1.1\r\nContent-Length: +1\r\n\r\nx", 400),
        ("POST /echo HTTP/1.1\r\nContent-Length: 1_0\r\n\r\nx", 400),
        ("POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\nx", 400),
        ("POST /echo HTTP/1.1\r\nContent-Length: \xb2\r\n\r\nx", 400),
        ("POST /echo HTTP/1.1\r\nContent-Length:\r\n\r\nx", 400),
        ("POST /echo HTTP/1.1\r\nContent-Length : 1\r\n\r\nx", 400),
        ("POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\n", 400),
        ("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        ("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n", 400),
        ("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n", 400),
        ("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + "1" * 5000, 400),
        ("GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nExpect: miracles\r\n\r\n", 417),
        ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET /\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\n\r\n", 400),
        ("GET file:/etc/passwd HTTP/1.1\r\n\r\n", 400),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\n\n", 400),
    ],
    ids=lambda value: repr(value[:70]) if isinstance(value, str) else str(value),
)
def test_what_cannot_be_served_is_answered_and_ends_the_connection(
    talk: Talk, head: str, status: int
) -> None:
    def send() -> None:
        try:
            talk.send(head)
        except OSError:
            return  # the server need not read all of it

    sender = threading.Thread(target=send)
    sender.start()
    reply = talk.reply()
    assert reply.status == status
    assert reply.headers["connection"] == "close"
    assert message(reply.body).endswith(".")
    talk.sock.shutdown(socket.SHUT_WR)
    assert talk.ended()
    sender.join()


def test_environ_says_what_was_sent(talk: Talk) -> None:
    talk.send(
        "GET /environ/caf%C3%A9%2F%20x//y?a=%20b HTTP/1.1\r\nHost: h:1\r\nX-Many: 1\r\nx-many: 2\r\n"
        "X_Many: spoofed\r\nCookie: a=1\r\nCookie: b=2\r\nProxy-Like:\t tabbed \t\r\n\r\n"
    )
    environ = json.loads(talk.reply().body)
    assert environ["PATH_INFO"] == "/environ/caf\xc3\xa9/ x//y"
    assert environ["RAW_PATH_INFO"] == "/environ/caf%C3%A9%2F%20x//y"
    assert environ["QUERY_STRING"] == "a=%20b"
    assert environ["HTTP_X_MANY"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_PROXY_LIKE"] == "tabbed"
    assert environ["HTTP_HOST"] == "h:1"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["wsgi.url_scheme"] == "http"
    assert "CONTENT_TYPE" not in environ
    assert "CONTENT_LENGTH" not in environ


def test_target_may_be_a_whole_url(talk: Talk) -> None:
    talk.send("GET http://elsewhere:80/environ?x HTTP/1.1\r\nHost: x\r\n\r\n")
    environ = json.loads(talk.reply().body)
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/environ", "x")


def test_options_may_ask_about_the_server_as_a_whole(talk: Talk) -> None:
    talk.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
    assert talk.reply().body == b"one"


# --- bodies -------------------------------------------------------------------


def test_chunks_are_put_together_and_the_next_request_follows(talk: Talk) -> None:
    talk.send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;name=value\r\none\r\n0A\r\n two three\r\n0\r\nTrailer: ignored\r\n\r\n"
    )
    assert talk.reply().body == b"one two three"
    assert talk.get().body == b"one"


def test_lines_of_a_body_across_chunks(talk: Talk) -> None:
    talk.send("POST /lines HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    talk.send("2\r\na\n\r\n1\r\nb\r\n3\r\nc\nd\r\n0\r\n\r\n")
    assert json.loads(talk.reply().body) == ["a\n", "bc\n", "d"]


def test_client_that_expects_100_continue_gets_it_when_the_body_is_wanted(talk: Talk) -> None:
    talk.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-Continue\r\n\r\n")
    assert talk.reply().status == 100
    talk.send("body")
    assert talk.reply().body == b"body"
    assert talk.get().body == b"one"


def test_client_that_expects_100_continue_gets_the_reply_when_the_body_is_not_wanted(talk: Talk) -> None:
    talk.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    assert talk.reply().body == b"one"
    talk.sock.shutdown(socket.SHUT_WR)
    assert talk.ended()  # whether the body follows is anybody's guess


def test_small_unread_body_does_not_end_the_connection(talk: Talk) -> None:
    talk.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n" + "x" * 30000)
    assert talk.reply().body == b"one"
    assert talk.get().body == b"one"


def test_large_unread_body_does_not_swallow_the_reply(talk: Talk) -> None:
    talk.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n" + "x" * 8_000_000)
    assert talk.reply().body == b"one"


def test_reply_of_unknown_length_comes_in_chunks(talk: Talk) -> None:
    assert len(talk.get("/big?3").body) == 3 * 65536
    assert talk.get().body == b"one"


def test_reply_without_a_body_has_none_whatever_the_application_returns(talk: Talk) -> None:
    talk.send(
        "HEAD /says/10/list HTTP/1.1\r\nHost: x\r\n\r\nHEAD /says/10/pieces HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    for _ in range(2):
        assert talk.file.readline() == b"HTTP/1.1 200 OK\r\n"
        lines = set(iter(talk.file.readline, b"\r\n"))
        assert b"Content-Length: 10\r\n" in lines
    assert talk.get("/nothing").status == 204
    assert talk.get("/says/10/list").body == b"1234567890"
    assert talk.get("/says/10/pieces").body == b"1234567890"


@pytest.mark.parametrize("path", ["/says/9/list", "/says/11/list", "/says/9/pieces", "/says/11/pieces"])
def test_reply_of_a_wrong_length_ends_the_connection(server: Process, talk: Talk, path: str) -> None:
    before = len(server.log.read_text())
    assert talk.get(path).status == 500
    assert talk.ended()
    assert "WrongLength: " in server.log.read_text()[before:]


# --- mishaps --------------------------------------------------------------------


def reset(talk: Talk) -> None:
    talk.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    talk.close()


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost",
        "POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
        "GET /big?300 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /slow?0.1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
@pytest.mark.parametrize("how", [reset, Talk.close])
def test_clients_that_leave_are_no_news(server: Process, sent: str, how: object) -> None:
    before = server.log.read_text()
    talk = server.connect()
    talk.send(sent)
    time.sleep(0.05)
    how(talk)  # type: ignore[operator]
    time.sleep(0.15)
    assert server.get() == "one"
    assert server.log.read_text() == before


def test_crash_of_the_application_is_told_in_the_log_only(server: Process, talk: Talk) -> None:
    reply = talk.get("/crash")
    assert reply.status == 500
    assert b"Zero" not in reply.body
    server.said("ERROR nova_api.wsgi.server (.|\n)*ZeroDivisionError: a bug in the application")
    assert server.get() == "one"
