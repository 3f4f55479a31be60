import io

import pytest
import webob
import webob.dec

from nova_api.wsgi.filters.sizelimit import SizeLimit
from nova_api.wsgi.options import OptionError


@webob.dec.wsgify
def echo(request):
    return webob.Response(body=request.body)


class Endless(io.RawIOBase):
    """A body that never ends, and counts what was read of it."""

    taken = 0

    def readable(self):
        return True

    def read(self, size=-1):
        assert size >= 0, "an endless body was asked for as a whole"
        self.taken += size
        return b"x" * size


def chunked(stream):
    return {"wsgi.input": stream, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}


def post(app, body=None, **environ):
    request = webob.Request.blank("/", method="POST", environ=environ)
    if body is not None:
        request.body = body
    return request.get_response(app)


def assert_too_large(reply):
    assert reply.status_int == 413
    assert reply.content_type == "application/json"
    assert reply.json["overLimit"]["code"] == 413
    assert "10 bytes" in reply.json["overLimit"]["message"]


LIMIT = SizeLimit.factory({}, max_request_body_size="10")


def test_up_to_the_limit_and_one_more():
    assert post(LIMIT(echo), b"0123456789").body == b"0123456789"
    assert_too_large(post(LIMIT(echo), b"0123456789x"))


def test_declared_length_is_refused_before_anything_is_read(app):
    assert_too_large(post(LIMIT(app), CONTENT_LENGTH="11"))
    assert app.seen == []


def test_chunked_body_within_the_limit():
    assert post(LIMIT(echo), **chunked(io.BytesIO(b"0123456789"))).body == b"0123456789"


def test_chunked_body_above_the_limit_is_cut_off_and_refused():
    endless = Endless()
    assert_too_large(post(LIMIT(echo), **chunked(endless)))
    assert endless.taken <= 11


def test_application_that_swallows_the_refusal_is_overruled():
    def swallowing(environ, start_response):
        try:
            environ["wsgi.input"].read(100)
        except Exception:
            start_response("400 Bad Request", [])
        return [b"?"]

    assert_too_large(post(LIMIT(swallowing), **chunked(Endless())))


def test_default_is_oslo_s(app):
    assert SizeLimit.factory({})(app).limit == 114688


@pytest.mark.parametrize("value", ["many", "0", "-1", "1.5"])
def test_wrong_number(value):
    with pytest.raises(OptionError, match="max_request_body_size"):
        SizeLimit.factory({}, max_request_body_size=value)
