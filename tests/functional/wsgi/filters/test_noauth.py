import pytest

from nova_api.neighbours.identity import Scope
from nova_api.wsgi.filters.noauth import NoAuth


@pytest.fixture
def guarded(passwords, app):
    return NoAuth.factory({})(app)


@pytest.fixture
def admin(passwords, backend):
    return backend.identity.default_admin()


@pytest.mark.parametrize(
    ("token", "user", "project", "roles"),
    [
        ("admin:p1", "admin", "p1", ["admin", "member", "reader"]),
        ("fake:6f70656e", "fake", "6f70656e", ["member", "reader"]),
        ("fake:p1:admin", "fake", "p1", ["admin"]),
        ("fake:p1:reader, Member", "fake", "p1", ["reader", "member"]),
        ("fake:p1:", "fake", "p1", ["member", "reader"]),
        ("admin:p1:reader", "admin", "p1", ["reader"]),
    ],
)
def test_spelt_out_token(guarded, app, ask, token, user, project, roles):
    assert ask(guarded, "/servers", X_Auth_Token=token).status_int == 200
    context = app.context
    assert (context.user_id, context.project_id, context.roles) == (user, project, roles)
    assert context.is_admin == ("admin" in roles)


@pytest.mark.parametrize("token", ["notused", "a:b:c:d", ":p", "u:", "gAAAA", "\xe4\xf6"])
def test_anything_else_is_the_default_admin(guarded, app, ask, admin, token):
    assert ask(guarded, "/servers", environ={"HTTP_X_AUTH_TOKEN": token}).status_int == 200
    context = app.context
    assert (context.user_id, context.project_id) == (admin.user_id, admin.project_id)
    assert (context.user_name, context.project_name) == ("admin", "admin")
    assert context.roles == ["admin", "member", "reader"]


def test_token_of_the_embedded_identity_acts_as_its_user(guarded, app, ask, backend, passwords):
    token, who = backend.identity.authenticate_password("demo", None, passwords["demo"], Scope())
    ask(guarded, "/servers", X_Auth_Token=token)
    context = app.context
    assert (context.user_id, context.user_name) == (who.user_id, "demo")
    assert (context.project_id, context.project_name) == (who.project_id, "demo")
    assert sorted(context.roles) == ["member", "reader"]
    assert not context.is_admin
    assert context.auth_token == token


def test_revoked_token_does_not_turn_into_admin(guarded, app, ask, backend, passwords):
    token, _ = backend.identity.authenticate_key("demo", passwords["demo"])
    backend.identity.revoke(token)
    assert ask(guarded, "/servers", X_Auth_Token=token).status_int == 401
    assert app.seen == []


def test_no_token_is_401_in_plain_text_with_a_hint(guarded, app, ask):
    reply = ask(guarded, "/servers")
    assert (reply.status_int, reply.content_type) == (401, "text/plain")
    assert "X-Auth-Token: user:project" in reply.text
    assert reply.headers["WWW-Authenticate"] == 'Keystone uri="http://api.example/identity"'
    assert app.seen == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["", "/"])
def test_version_document_needs_no_token(guarded, app, ask, path, method):
    environ = {"SCRIPT_NAME": "/v2.1", "PATH_INFO": path}
    assert ask(guarded, method=method, environ=environ).status_int == 200
    assert app.context is None


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("GET", "/p1/"), ("GET", "/servers")])
def test_everything_else_does(guarded, ask, method, path):
    assert ask(guarded, path, method=method).status_int == 401


def test_classic_handshake(guarded, app, ask):
    environ = {"SCRIPT_NAME": "/v1.1", "PATH_INFO": "/"}
    reply = ask(guarded, environ=environ, X_Auth_User="fake", X_Auth_Key="any", X_Auth_Project_Id="6f70")
    assert (reply.status_int, reply.body) == (204, b"")
    assert reply.headers["X-Auth-Token"] == "fake:6f70"
    assert reply.headers["X-Server-Management-Url"] == "http://api.example/v1.1/6f70"
    assert app.seen == []
    ask(guarded, "/servers", X_Auth_Token=reply.headers["X-Auth-Token"])
    assert (app.context.user_id, app.context.project_id) == ("fake", "6f70")


def test_handshake_without_a_project_takes_the_default_admin_s(guarded, ask, admin):
    reply = ask(guarded, environ={"SCRIPT_NAME": "/v2"}, X_Auth_User="fake", X_Auth_Key="any")
    assert reply.headers["X-Auth-Token"] == f"fake:{admin.project_id}"
    assert reply.headers["X-Server-Management-Url"] == f"http://api.example/v2/{admin.project_id}"


def test_handshake_with_a_colon_would_say_something_else(guarded, ask):
    assert ask(guarded, X_Auth_User="fake:x", X_Auth_Key="any").status_int == 401


def test_request_ids_reach_the_context(guarded, app, ask):
    ids = {"nova.request_id": "req-1", "nova.global_request_id": "req-0"}
    ask(guarded, "/servers", environ=ids, X_Auth_Token="a:b")
    assert (app.context.request_id, app.context.global_request_id) == ("req-1", "req-0")
