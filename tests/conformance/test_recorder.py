"""What the recorder writes, and that it changes nothing."""

from __future__ import annotations

import json
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests
import webob

from tests.conformance import recorder


def echo(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("201 Created", [("Content-Type", "application/json"), ("X-Made-By", "echo")])
    return [b'{"got": ', body or b"null", b"}"]


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_exchange_is_one_line(tmp_path) -> None:
    path = tmp_path / "replies"
    app = recorder.Recorder(echo, path)
    request = webob.Request.blank(
        "/v2.1/s%C3%ABrvers?limit=1", method="POST", json_body=[1], headers={"X-Auth-Token": "t"}
    )
    reply = request.get_response(app)
    assert (reply.status_int, reply.body) == (201, b'{"got": [1]}')
    assert reply.headers["X-Made-By"] == "echo"
    (exchange,) = lines(path)
    assert exchange["method"] == "POST"
    assert exchange["path"] == "/v2.1/sërvers"
    assert exchange["query"] == "limit=1"
    assert exchange["request_headers"]["x-auth-token"] == "t"
    assert exchange["request_body"] == "[1]"
    assert exchange["status"] == 201
    assert exchange["headers"]["x-made-by"] == "echo"
    assert exchange["body"] == '{"got": [1]}'
    assert "test_an_exchange_is_one_line" in exchange["test"]


def test_the_body_is_closed_and_written_when_the_client_leaves_early(tmp_path) -> None:
    closed = []

    class Body:
        def __iter__(self):
            yield b"one"
            yield b"two"

        def close(self):
            closed.append(True)

    def app(environ, start_response):
        start_response("200 OK", [])
        return Body()

    path = tmp_path / "replies"
    environ = webob.Request.blank("/").environ
    answer = recorder.Recorder(app, path)(environ, lambda *_: None)
    assert next(iter(answer)) == b"one"
    answer.close()
    assert closed == [True]
    assert lines(path)[0]["body"] == "one"


def test_without_the_variable_the_app_is_left_alone(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv(recorder.VARIABLE, raising=False)
    assert recorder.recording(echo) is echo
    monkeypatch.setenv(recorder.VARIABLE, str(tmp_path / "replies"))
    assert isinstance(recorder.recording(echo), recorder.Recorder)


def test_a_large_body_is_not_kept(tmp_path) -> None:
    def app(environ, start_response):
        start_response("200 OK", [])
        return [b"x" * recorder.LARGEST, b"y"]

    path = tmp_path / "replies"
    reply = webob.Request.blank("/").get_response(recorder.Recorder(app, path))
    assert len(reply.body) == recorder.LARGEST + 1
    assert lines(path)[0]["body"] is None


class Silent(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.mark.parametrize("recorded", [True, False])
def test_the_hook_of_requests_writes_the_same(tmp_path, monkeypatch, recorded) -> None:
    path = tmp_path / "replies"
    if recorded:
        monkeypatch.setenv(recorder.VARIABLE, str(path))
    else:
        monkeypatch.delenv(recorder.VARIABLE, raising=False)
    with make_server("127.0.0.1", 0, echo, handler_class=Silent) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with requests.Session() as session:
            session.hooks["response"] = [recorder.record_response]
            session.post(f"http://127.0.0.1:{server.server_port}/v2.1/servers?limit=1", json=[1], timeout=5)
        thread.join()
    if not recorded:
        assert not path.exists()
        return
    (exchange,) = lines(path)
    assert (exchange["path"], exchange["query"]) == ("/v2.1/servers", "limit=1")
    assert (exchange["request_body"], exchange["body"]) == ("[1]", '{"got": [1]}')
    assert (exchange["status"], exchange["headers"]["x-made-by"]) == (201, "echo")
