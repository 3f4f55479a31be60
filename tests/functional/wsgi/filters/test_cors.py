import pytest

from nova_api.wsgi.filters.cors import CORS
from nova_api.wsgi.options import OptionError

PAGE = "https://dashboard.example.com"


@pytest.fixture
def guarded(app):
    return CORS.factory({}, allowed_origin=f"{PAGE},https://other.example.com", max_age="60")(app)


def test_options_is_200_empty_everywhere_and_troubles_nobody(app, ask):
    reply = ask(CORS.factory({})(app), "/v2.1/servers", method="OPTIONS")
    assert (reply.status_int, reply.body) == (200, b"")
    assert app.seen == []


def test_preflight(guarded, ask):
    reply = ask(
        guarded,
        "/v2.1/servers",
        method="OPTIONS",
        Origin=PAGE,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="X-Auth-Token, OpenStack-API-Version",
    )
    assert reply.status_int == 200
    assert reply.headers["Access-Control-Allow-Origin"] == PAGE
    assert reply.headers["Access-Control-Allow-Methods"] == "POST"
    assert "X-Auth-Token" in reply.headers["Access-Control-Allow-Headers"]
    assert reply.headers["Access-Control-Max-Age"] == "60"


def test_reply_to_a_page(guarded, ask):
    reply = ask(guarded, Origin=PAGE)
    assert reply.text == "hello"
    assert reply.headers["Access-Control-Allow-Origin"] == PAGE
    assert "X-OpenStack-Nova-API-Version" in reply.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example.com"}])
def test_nothing_for_others(guarded, ask, headers):
    reply = ask(guarded, **headers)
    assert reply.text == "hello"
    assert not [name for name in reply.headers if name.startswith("Access-Control")]


def test_two_filters_do_not_share_options(app, ask, guarded):
    other = CORS.factory({})(app)
    assert "Access-Control-Allow-Origin" not in ask(other, Origin=PAGE).headers
    assert "Access-Control-Allow-Origin" in ask(guarded, Origin=PAGE).headers


def test_wrong_options():
    with pytest.raises(
        OptionError, match="allowed_origins is not an option here.*did you mean 'allowed_origin'"
    ):
        CORS.factory({}, allowed_origins="*")
    with pytest.raises(OptionError, match="max_age has a wrong value"):
        CORS.factory({}, max_age="soon")
