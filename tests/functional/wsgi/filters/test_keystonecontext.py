import json
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from nova_api import conf as nova_conf
from nova_api.wsgi.filters.authtoken import AuthToken
from nova_api.wsgi.filters.keystonecontext import KeystoneContext
from nova_api.wsgi.options import OptionError

CONFIRMED = {
    "X-Identity-Status": "Confirmed",
    "X-Auth-Token": "t",
    "X-User-Id": "u1",
    "X-User-Name": "demo",
    "X-User-Domain-Id": "default",
    "X-Project-Id": "p1",
    "X-Project-Name": "Demo",
    "X-Project-Domain-Id": "default",
    "X-Roles": "Member,reader",
}


@pytest.fixture
def guarded(app):
    return KeystoneContext.factory({})(app)


def test_context_from_the_headers(guarded, app, ask):
    ask(
        guarded,
        "/servers",
        environ={"nova.request_id": "req-1", "nova.global_request_id": "req-0"},
        **CONFIRMED,
    )
    context = app.context
    assert (context.user_id, context.user_name, context.user_domain_id) == ("u1", "demo", "default")
    assert (context.project_id, context.project_name, context.project_domain_id) == ("p1", "Demo", "default")
    assert (context.roles, context.is_admin, context.auth_token) == (["member", "reader"], False, "t")
    assert (context.request_id, context.global_request_id) == ("req-1", "req-0")
    assert context.service_roles == []


def test_admin_service_token_and_system_scope(guarded, app, ask):
    ask(guarded, "/servers", **{**CONFIRMED, "X-Roles": "admin"})
    assert app.context.is_admin
    ask(guarded, "/servers", **CONFIRMED, X_Service_Roles="service,admin", X_Service_User_Id="cinder")
    assert app.context.service_roles == ["service", "admin"]
    assert app.context.service_user_id == "cinder"
    assert not app.context.is_admin
    ask(guarded, "/servers", **CONFIRMED, OpenStack_System_Scope="all")
    assert app.context.system_scope == "all"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**CONFIRMED, "X-Identity-Status": "Invalid"},
        {name: value for name, value in CONFIRMED.items() if name != "X-User-Id"},
        {name: value for name, value in CONFIRMED.items() if name != "X-Identity-Status"},
    ],
)
def test_401_without_a_confirmed_user_except_for_the_version_document(guarded, app, ask, headers):
    reply = ask(guarded, "/servers", **headers)
    assert (reply.status_int, reply.content_type) == (401, "text/plain")
    assert "WWW-Authenticate" not in reply.headers
    assert app.seen == []
    assert ask(guarded, "/", **headers).status_int == 200
    assert app.context is None


def test_uri_option(app, ask):
    guarded = KeystoneContext.factory({}, www_authenticate_uri="https://keystone.example/v3")(app)
    assert ask(guarded, "/x").headers["WWW-Authenticate"] == 'Keystone uri="https://keystone.example/v3"'


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def keystone():
    """The two answers of an identity service that authtoken needs, over real HTTP."""

    def app(environ, start_response):
        def reply(status, payload, **headers):
            start_response(status, [("Content-Type", "application/json"), *headers.items()])
            return [json.dumps(payload).encode()]

        url = f"http://127.0.0.1:{server.server_port}"
        path = environ["PATH_INFO"]
        if path in ("", "/", "/v3", "/v3/"):
            version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": f"{url}/v3/"}]}
            many = path in ("", "/")
            payload = {"versions": {"values": [version]}} if many else {"version": version}
            return reply("300 Multiple Choices" if many else "200 OK", payload)
        token = {
            "methods": ["password"],
            "issued_at": "2020-01-01T00:00:00.000000Z",
            "expires_at": "2999-01-01T00:00:00.000000Z",
            "user": {"id": "u1", "name": "demo", "domain": {"id": "default", "name": "Default"}},
            "project": {"id": "p1", "name": "Demo", "domain": {"id": "default", "name": "Default"}},
            "roles": [{"id": "r", "name": "reader"}],
            "catalog": [
                {
                    "type": "identity",
                    "endpoints": [
                        {"interface": each, "url": url, "region": "R"} for each in ("internal", "admin")
                    ],
                }
            ],
        }
        if environ["REQUEST_METHOD"] == "POST":
            return reply("201 Created", {"token": token}, **{"X-Subject-Token": "service-token"})
        if environ.get("HTTP_X_SUBJECT_TOKEN") == "good":
            return reply("200 OK", {"token": token})
        return reply("404 Not Found", {"error": {"code": 404, "message": "no such token"}})

    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def behind_authtoken(app, folder, keystone):
    options = {
        "auth_type": "password",
        "auth_url": keystone,
        "username": "nova",
        "password": "secret",
        "user_domain_id": "default",
        "project_name": "service",
        "project_domain_id": "default",
        "www_authenticate_uri": keystone,
    }
    lines = [f"{name} = {value}" for name, value in options.items()]
    (folder / "nova.conf").write_text("\n".join(["[keystone_authtoken]", *lines, ""]))
    with nova_conf.activate(nova_conf.new([], [str(folder / "nova.conf")])):
        make = AuthToken.factory({}, delay_auth_decision="true")
        return make(KeystoneContext.factory({})(app))


def test_behind_authtoken(keystone, tmp_path, app, ask):
    guarded = behind_authtoken(app, tmp_path, keystone)
    assert ask(guarded, "/servers", X_Auth_Token="good").status_int == 200
    assert (app.context.user_id, app.context.project_id, app.context.roles) == ("u1", "p1", ["reader"])
    reply = ask(guarded, "/servers", X_Auth_Token="bad")
    assert reply.status_int == 401
    assert reply.headers.getall("WWW-Authenticate") == [f'Keystone uri="{keystone}"']
    assert ask(guarded, "/servers", **CONFIRMED | {"X-Auth-Token": ""}).status_int == 401, (
        "headers were believed"
    )
    assert ask(guarded, "/").status_int == 200


def test_a_keystone_that_cannot_be_asked_makes_no_token_bad(tmp_path, app, ask):
    guarded = behind_authtoken(app, tmp_path, "http://127.0.0.1:9/v3")
    reply = ask(guarded, "/servers", X_Auth_Token="good")
    assert (reply.status_int, reply.headers["Retry-After"]) == (503, "10")
    assert "identity service" in reply.json["serviceUnavailable"]["message"]
    assert app.seen == []
    assert ask(guarded, "/servers").status_int == 401
    assert ask(guarded, "/").status_int == 200


def test_unknown_option_of_authtoken(conf):
    with pytest.raises(OptionError, match="delay_auth_decisions is not an option .*did you mean"):
        AuthToken.factory({}, delay_auth_decisions="true")
