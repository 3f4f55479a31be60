import pytest

from nova_api.wsgi.filters.auth import Auth


@pytest.fixture
def guarded(passwords, app):
    return Auth.factory({})(app)


def test_token_of_the_embedded_identity(guarded, app, ask, backend, passwords):
    token, who = backend.identity.authenticate_key("demo", passwords["demo"])
    assert ask(guarded, "/servers", X_Auth_Token=token).status_int == 200
    context = app.context
    assert (context.user_id, context.project_id) == (who.user_id, who.project_id)
    assert (context.user_name, context.user_domain_id) == ("demo", "default")
    assert not context.is_admin


@pytest.mark.parametrize("token", ["notused", "admin:p1", "admin:p1:admin", "a.b", "\xe4"])
def test_what_noauth_would_believe_is_refused(guarded, app, ask, token):
    reply = ask(guarded, "/servers", environ={"HTTP_X_AUTH_TOKEN": token})
    assert (reply.status_int, reply.content_type) == (401, "text/plain")
    assert reply.headers["WWW-Authenticate"] == 'Keystone uri="http://api.example/identity"'
    assert app.seen == []


def test_changed_and_revoked_tokens_are_refused(guarded, ask, backend, passwords):
    token, _ = backend.identity.authenticate_key("demo", passwords["demo"])
    body, _, signature = token.partition(".")
    swapped = body[:-1] + ("A" if body[-1] != "A" else "B")
    assert ask(guarded, "/servers", X_Auth_Token=f"{swapped}.{signature}").status_int == 401
    backend.identity.revoke(token)
    assert ask(guarded, "/servers", X_Auth_Token=token).status_int == 401


def test_no_token(guarded, app, ask):
    reply = ask(guarded, "/servers")
    assert reply.status_int == 401
    assert "X-Auth-Key" in reply.text
    assert app.seen == []


def test_version_document_needs_no_token_and_minds_no_bad_one(guarded, app, ask):
    for token in ({}, {"X_Auth_Token": "expired"}):
        assert ask(guarded, "/", **token).status_int == 200
        assert app.context is None


def test_classic_handshake(guarded, app, ask, backend, passwords):
    environ = {"SCRIPT_NAME": "/v1.1", "PATH_INFO": ""}
    reply = ask(guarded, environ=environ, X_Auth_User="demo", X_Auth_Key=passwords["demo"])
    assert reply.status_int == 204
    token = reply.headers["X-Auth-Token"]
    project_id = backend.identity.validate(token).project_id
    assert reply.headers["X-Server-Management-Url"] == f"http://api.example/v1.1/{project_id}"
    assert ask(guarded, "/servers", X_Auth_Token=token).status_int == 200
    assert app.context.user_name == "demo"


@pytest.mark.parametrize(("user", "key"), [("demo", "wrong"), ("nobody", "x"), ("demo", "")])
def test_handshake_with_a_wrong_key(guarded, app, ask, user, key):
    reply = ask(guarded, "/", X_Auth_User=user, X_Auth_Key=key)
    assert (reply.status_int, reply.content_type) == (401, "text/plain")
    assert "X-Auth-Token" not in reply.headers
    assert app.seen == []


def test_handshake_for_another_project(guarded, ask, passwords):
    headers = {"X_Auth_User": "demo", "X_Auth_Key": passwords["demo"]}
    assert ask(guarded, "/", X_Auth_Project_Id="demo", **headers).status_int == 204
    assert ask(guarded, "/", X_Auth_Project_Id="admin", **headers).status_int == 401
