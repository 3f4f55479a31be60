import logging

import pytest
import webob.dec
import webob.exc

from nova_api import exception
from nova_api.context import REQUEST_ID_KEY
from nova_api.wsgi.filters.faultwrap import FaultWrap


def raising(error):
    def app(environ, start_response):
        raise error

    return FaultWrap.factory({})(app)


def test_bug_is_one_500_and_its_traceback_only_in_the_log(ask, caplog):
    reply = ask(raising(KeyError("secret-detail")), environ={REQUEST_ID_KEY: "req-7"})
    fault = reply.json["computeFault"]
    assert (reply.status_int, fault["code"]) == (500, 500)
    assert reply.content_type == "application/json"
    assert "Unexpected API Error" in fault["message"]
    assert "req-7" in fault["message"]
    assert fault["message"].endswith("\n<class 'KeyError'>")
    assert "secret-detail" not in reply.text
    assert "Traceback" not in reply.text
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "req-7" in record.getMessage()
    assert "secret-detail" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (exception.ServerNotFound(server_id="s1"), 404, "itemNotFound"),
        (exception.TokenInvalid(), 401, "unauthorized"),
        (exception.Unavailable("later", retry_after=3), 503, "serviceUnavailable"),
        (webob.exc.HTTPConflict("busy"), 409, "conflictingRequest"),
        (webob.exc.HTTPRequestEntityTooLarge("big"), 413, "overLimit"),
    ],
)
def test_exception_with_a_meaning_gets_its_status(ask, caplog, error, status, name):
    reply = ask(raising(error))
    assert (reply.status_int, reply.json[name]["code"]) == (status, status)
    assert not caplog.records


def test_redirect_stays_one(ask):
    reply = ask(raising(webob.exc.HTTPFound(location="http://elsewhere/")))
    assert (reply.status_int, reply.headers["Location"]) == (302, "http://elsewhere/")


class Parts:
    def __init__(self, *parts):
        self.parts = parts
        self.closed = False

    def __iter__(self):
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part

    def close(self):
        self.closed = True


def wrapped(parts, calls):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return parts

    return FaultWrap.factory({})(app)(
        {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SCRIPT_NAME": ""},
        lambda status, headers: calls.append(status),
    )


def test_bug_before_the_first_byte_replaces_the_reply():
    calls = []
    parts = Parts(ValueError("x"))
    body = wrapped(parts, calls)
    assert b"computeFault" in b"".join(body)
    body.close()
    assert parts.closed
    assert calls == ["500 Internal Server Error"]


def test_bug_after_the_first_byte_ends_the_reply_short(caplog):
    calls = []
    body = wrapped(Parts(b"some", ValueError("x")), calls)
    assert next(body) == b"some"
    with pytest.raises(ValueError, match="x"):
        next(body)
    assert calls == ["200 OK"]
    assert "broke off" in caplog.text


def test_bug_after_start_response_and_inside_middleware_of_webob(ask):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise ValueError("x")

    reply = ask(webob.dec.wsgify.middleware(lambda request, app: request.get_response(app))(FaultWrap(app)))
    assert reply.json["computeFault"]["code"] == 500


def test_what_works_passes_unchanged(ask, app):
    assert ask(FaultWrap.factory({})(app)).text == "hello"


def test_generator_and_write_pass_unchanged(ask):
    def lazily(environ, start_response):
        start_response("201 Created", [])
        yield b"a"
        yield b"b"

    def written(environ, start_response):
        write = start_response("201 Created", [])
        write(b"a")
        write(b"b")
        return []

    for app in (lazily, written):
        reply = ask(FaultWrap.factory({})(app))
        assert (reply.status_int, reply.body) == (201, b"ab")


def test_empty_body_still_has_its_status(ask):
    def app(environ, start_response):
        start_response("204 No Content", [])
        return iter(())

    assert ask(FaultWrap.factory({})(app)).status_int == 204
