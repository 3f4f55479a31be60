import logging

import pytest

from nova_api.context import ENVIRON_KEY, GLOBAL_REQUEST_ID_KEY, REQUEST_ID_KEY, RequestContext
from nova_api.wsgi.filters.request_log import RequestLog
from nova_api.wsgi.options import OptionError

LOGGER = "nova_api.wsgi.filters.request_log"


def knowing(environ, start_response):
    environ[ENVIRON_KEY] = RequestContext(user_id="u1", project_id="p1")
    environ["SCRIPT_NAME"], environ["PATH_INFO"] = environ["SCRIPT_NAME"] + environ["PATH_INFO"], ""
    start_response("202 Accepted", [("X-OpenStack-Nova-API-Version", "2.53")])
    return [b"12345", b"678"]


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, LOGGER)
    return caplog


def test_one_line_with_everything(log, ask):
    ids = {REQUEST_ID_KEY: "req-1", GLOBAL_REQUEST_ID_KEY: "req-0"}
    ask(RequestLog.factory({})(knowing), "/v2.1/servers?limit=2", method="POST", environ=ids)
    (record,) = log.records
    line = record.getMessage()
    assert line.startswith('req-1 req-0 u1 p1 "POST /v2.1/servers?limit=2" status: 202 bytes: 8 ms: ')
    assert line.endswith(" microversion: 2.53")
    assert (record.user_id, record.status, record.bytes) == ("u1", 202, 8)
    assert record.ms < 1000


def test_dashes_for_what_is_not_known(log, ask, app):
    ask(RequestLog.factory({})(app), "/")
    assert log.records[0].getMessage().startswith('- - - - "GET /" status: 200 bytes: 5 ms: ')
    assert log.records[0].getMessage().endswith(" microversion: -")


def test_line_comes_when_the_body_is_closed_and_once(log):
    closed = []

    class Slow:
        def __iter__(self):
            yield b"abc"
            yield b"def"

        def close(self):
            closed.append(len(log.records))

    def app(environ, start_response):
        start_response("200 OK", [])
        return Slow()

    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/x"}
    body = RequestLog.factory({})(app)(environ, lambda *_: None)
    assert next(body) == b"abc"
    assert not log.records
    body.close()
    body.close()
    assert closed[0] == 0
    assert [record.bytes for record in log.records] == [3]


def test_control_characters_cannot_forge_a_line(log, ask, app):
    ask(RequestLog.factory({})(app), environ={"PATH_INFO": "/a\nreq-9 forged", "QUERY_STRING": "x=1\r\ny"})
    line = log.records[0].getMessage()
    assert "\n" not in line
    assert "\r" not in line
    assert "/a%0Areq-9%20forged?x=1%0D%0Ay" in line


def test_exception_is_logged_and_passed_on(log, ask):
    def failing(environ, start_response):
        raise RuntimeError("bug")

    with pytest.raises(RuntimeError):
        ask(RequestLog.factory({})(failing))
    assert log.records[0].status == 500


def test_level_option(log, ask, app):
    ask(RequestLog.factory({}, level="debug")(app))
    assert not log.records
    with pytest.raises(OptionError, match="level must be one of debug, info, warning, not 'loud'"):
        RequestLog.factory({}, level="loud")
