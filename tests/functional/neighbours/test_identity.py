"""The embedded identity service: tokens, scopes, revocation, accounts, over HTTP and below it."""

from __future__ import annotations

import os
import stat
import time

import pytest

from nova_api import exception
from nova_api.backend import Backend
from nova_api.neighbours import identity
from nova_api.neighbours.identity import Scope, passwords, tokens
from tests.functional.neighbours.conftest import Cloud, make_backend


@pytest.fixture
def ids(nova: Backend) -> identity.LocalIdentity:
    identity.seed(nova.identity, [{"name": "ann", "password": "p", "project": "one"}])
    nova.identity.create_project("two")
    return nova.identity


def login(cloud: Cloud, auth: dict, **options: object) -> object:
    return cloud.call("POST", "/identity/v3/auth/tokens", None, json={"auth": auth}, **options)


def by_password(cloud: Cloud, name: str = "demo", **changes: object) -> dict:
    user = {"name": name, "domain": {"id": "default"}, "password": cloud.passwords[name], **changes}
    return {"identity": {"methods": ["password"], "password": {"user": user}}}


# --- the service ------------------------------------------------------------


def test_a_token_carries_who_and_where(ids: identity.LocalIdentity) -> None:
    text, token = ids.authenticate_key("ann", "p")
    assert ids.validate(text) == token
    assert (token.user_name, token.project_name, token.roles) == ("ann", "one", ("member", "reader"))


def test_every_changed_character_spoils_a_token(ids: identity.LocalIdentity) -> None:
    text, _ = ids.authenticate_key("ann", "p")
    for place in range(0, len(text) - 1, 7):  # the last one holds spare bits, which carry nothing
        other = "B" if text[place] == "A" else "A"
        with pytest.raises(exception.TokenInvalid):
            ids.validate(text[:place] + other + text[place + 1 :])
    for nonsense in ("", ".", "notused", "ann:one", "ü.x", text + "x"):
        with pytest.raises(exception.TokenInvalid):
            ids.validate(nonsense)


def test_a_token_ends(ids: identity.LocalIdentity, nova: Backend) -> None:
    nova.conf.set_override("token_lifetime", 60, group="neighbours")
    short = identity.LocalIdentity(nova.conf, nova.db)
    text, token = short.authenticate_key("ann", "p")
    signer = tokens.Signer(tokens.load_key(nova.conf.state_path))
    assert signer.load(text, token.issued_at) == token
    with pytest.raises(exception.TokenInvalid):
        signer.load(text, token.expires_at)


@pytest.mark.parametrize(("user", "key"), [("ann", "q"), ("nobody", "p"), ("ann", "")])
def test_a_wrong_password_and_an_unknown_user_look_the_same(
    ids: identity.LocalIdentity, user: str, key: str
) -> None:
    with pytest.raises(exception.Unauthorized, match="requires authentication"):
        ids.authenticate_key(user, key)


def test_scopes(ids: identity.LocalIdentity) -> None:
    text, unscoped = ids.authenticate_password("ann", None, "p", Scope(unscoped=True))
    assert (unscoped.project_id, unscoped.roles) == (None, ())
    _, scoped = ids.authenticate_token(text, Scope(project_name="one"))
    assert scoped.project_name == "one"
    assert scoped.expires_at == unscoped.expires_at
    for scope in (Scope(project_name="two"), Scope(project_id="x")):
        with pytest.raises(exception.Unauthorized):
            ids.authenticate_token(text, scope)


def test_revocation_holds_here_at_once_and_elsewhere_soon(ids: identity.LocalIdentity, nova: Backend) -> None:
    nova.conf.set_override("revocation_cache_time", 0, group="neighbours")
    elsewhere = identity.LocalIdentity(nova.conf, nova.db)
    first, _ = ids.authenticate_key("ann", "p")
    second, _ = ids.authenticate_key("ann", "p")
    assert elsewhere.validate(first)
    ids.revoke(first)
    for process in (ids, elsewhere):
        with pytest.raises(exception.TokenInvalid):
            process.validate(first)
        assert process.validate(second)


@pytest.mark.parametrize("change", ["password", "disabled", "unassigned", "deleted", "cleared"])
def test_a_loss_of_rights_ends_the_tokens(ids: identity.LocalIdentity, change: str) -> None:
    text, token = ids.authenticate_key("ann", "p")
    if change == "password":
        ids.update_user(token.user_id, password="new")
    elif change == "disabled":
        ids.update_user(token.user_id, enabled=False)
    elif change == "unassigned":
        ids.unassign(token.user_id, str(token.project_id), ids.roles("member")[0].id)
    elif change == "deleted":
        ids.delete_user(token.user_id)
    else:
        ids.clear()
    with pytest.raises(exception.TokenInvalid):
        ids.validate(text)
    if change == "password":
        assert ids.authenticate_key("ann", "new")


def test_validating_is_cheap(ids: identity.LocalIdentity) -> None:
    text, _ = ids.authenticate_key("ann", "p")
    began = time.process_time()
    for _ in range(1000):
        ids.validate(text)
    assert (time.process_time() - began) / 1000 < 0.0001


def test_the_key_is_kept_and_private(ids: identity.LocalIdentity, nova: Backend) -> None:
    ids.authenticate_key("ann", "p")
    path = os.path.join(nova.conf.state_path, "token.key")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert tokens.load_key(nova.conf.state_path) == tokens.load_key(nova.conf.state_path)


def test_passwords_are_kept_hashed_and_salted() -> None:
    kept = passwords.hashed("sesame", 4)
    assert "sesame" not in kept
    assert kept != passwords.hashed("sesame", 4)
    assert passwords.matches("sesame", kept)
    assert not passwords.matches("Sesame", kept)
    assert not passwords.matches("sesame", "plain")


def test_the_default_admin(nova: Backend) -> None:
    with pytest.raises(exception.Unavailable):
        nova.identity.default_admin()
    identity.seed(nova.identity)
    admin = nova.identity.default_admin()
    assert (admin.user_name, admin.project_name, admin.roles) == (
        "admin",
        "admin",
        ("admin", "member", "reader"),
    )


def test_seeding_again_changes_nothing(nova: Backend) -> None:
    assert set(identity.seed(nova.identity)) == {"admin", "demo"}
    before = nova.identity.users()
    assert identity.seed(nova.identity) == {}
    assert nova.identity.users() == before


def test_accounts_on_each_database(nova_everywhere: Backend) -> None:
    ids = nova_everywhere.identity
    user, project, password = ids.create_account("eve", roles=("member",), user_id="e1", project_id="p1")
    assert (user.id, project.id) == ("e1", "p1")
    with pytest.raises(exception.AccountExists):
        ids.create_account("eve")
    text, _ = ids.authenticate_key("eve", password)
    ids.assign("e1", "p1", ids.ensure_role("member").id)  # again
    ids.update_user("e1", enabled=True)  # no change
    ids.delete_project("p1")
    with pytest.raises(exception.TokenInvalid):
        ids.validate(text)
    assert ids.user("e1").default_project_id is None
    assert ids.assignments() == []


# --- HTTP --------------------------------------------------------------------


def test_version_documents_need_no_token(cloud: Cloud) -> None:
    for path in ("/identity", "/identity/"):
        reply = cloud.call("GET", path, None, allow_redirects=False)
        assert reply.status_code == 300
        assert reply.json()["versions"]["values"][0]["links"][0]["href"] == f"{cloud.url}/identity/v3/"
    assert cloud.call("GET", "/identity/v3", None).json()["version"]["id"] == "v3.14"


def test_logging_in(cloud: Cloud) -> None:
    reply = login(
        cloud, by_password(cloud) | {"scope": {"project": {"name": "demo", "domain": {"name": "Default"}}}}
    )
    assert reply.status_code == 201
    token = reply.json()["token"]
    assert token["expires_at"].endswith("Z")
    assert token["project"]["name"] == "demo"
    assert {role["name"] for role in token["roles"]} == {"member", "reader"}
    urls = {service["type"]: service["endpoints"][0]["url"] for service in token["catalog"]}
    assert urls == {
        "identity": f"{cloud.url}/identity",
        "compute": f"{cloud.url}/compute/v2.1",
        "compute_legacy": f"{cloud.url}/v2",
        "image": f"{cloud.url}/image",
        "network": f"{cloud.url}/network",
        "volumev3": f"{cloud.url}/volume/v3",
        "shared-file-system": f"{cloud.url}/share/v2",
    }
    text = reply.headers["X-Subject-Token"]
    again = login(cloud, {"identity": {"methods": ["token"], "token": {"id": text}}, "scope": "unscoped"})
    assert again.status_code == 201
    assert "project" not in again.json()["token"]
    assert "catalog" not in login(cloud, by_password(cloud), params={"nocatalog": ""}).json()["token"]


def test_what_is_no_login(cloud: Cloud) -> None:
    wrong = [
        by_password(cloud, password="wrong"),
        by_password(cloud, domain={"name": "Elsewhere"}),
        by_password(cloud) | {"scope": {"project": {"name": "admin"}}},
        by_password(cloud) | {"scope": {"system": {"all": True}}},
        {"identity": {"methods": ["totp"]}},
        {"identity": {"methods": ["token"], "token": {"id": "x.y"}}},
    ]
    for auth in wrong:
        reply = login(cloud, auth)
        assert reply.status_code == 401, auth
        assert reply.json()["error"]["code"] == 401
        assert reply.headers["WWW-Authenticate"] == f'Keystone uri="{cloud.url}/identity"'
    for auth in ({}, {"identity": {}}, {"identity": {"methods": []}}, by_password(cloud) | {"scope": 3}):
        assert login(cloud, auth).status_code == 400, auth


def test_looking_into_and_revoking_a_token(cloud: Cloud) -> None:
    mine = cloud.token()
    headers = {"X-Auth-Token": mine, "X-Subject-Token": mine}
    assert (
        cloud.call("GET", "/identity/v3/auth/tokens", headers=headers).json()["token"]["user"]["name"]
        == "demo"
    )
    assert cloud.call("HEAD", "/identity/v3/auth/tokens", headers=headers).status_code == 200
    theirs = {"X-Subject-Token": cloud.token("admin")}
    assert cloud.call("GET", "/identity/v3/auth/tokens", headers=theirs).status_code == 403
    assert cloud.call("GET", "/identity/v3/auth/tokens", headers={"X-Subject-Token": "x"}).status_code == 404
    assert cloud.call("DELETE", "/identity/v3/auth/tokens", headers=headers).status_code == 204
    assert cloud.call("GET", "/identity/v3/auth/projects", headers=headers).status_code == 401
    assert cloud.call("GET", "/network/v2.0/networks", headers=headers).status_code == 401


def test_users_see_themselves_and_administrators_everybody(cloud: Cloud) -> None:
    for user, names in (("demo", {"demo"}), ("admin", {"admin", "demo"})):
        for kind in ("users", "projects"):
            found = cloud.call("GET", f"/identity/v3/{kind}", user).json()[kind]
            assert {item["name"] for item in found} == names
    admin = cloud.nova.identity.users("admin")[0]
    assert cloud.call("GET", f"/identity/v3/users/{admin.id}").status_code == 404
    assert cloud.call("GET", f"/identity/v3/projects/{admin.default_project_id}").status_code == 404
    assert (
        cloud.call("GET", "/identity/v3/projects", params={"name": "demo"}).json()["projects"][0]["name"]
        == "demo"
    )
    assert cloud.call("GET", "/identity/v3/roles").status_code == 403
    assert cloud.call("GET", "/identity/v3/users", None).status_code == 401
    assert cloud.call("POST", "/identity/v3/projects", json={"project": {"name": "x"}}).status_code == 403


def test_the_life_of_an_account(cloud: Cloud) -> None:
    def admin(method: str, path: str, **options: object) -> object:
        return cloud.call(method, f"/identity/v3{path}", "admin", **options)

    project = admin("POST", "/projects", json={"project": {"name": "lab", "domain_id": "default"}}).json()[
        "project"
    ]
    body = {"user": {"name": "lea", "password": "s", "default_project_id": project["id"]}}
    assert admin("POST", "/users", json=body).status_code == 201
    assert admin("POST", "/users", json=body).status_code == 409
    user = admin("GET", "/users", params={"name": "lea"}).json()["users"][0]
    role = admin("GET", "/roles", params={"name": "member"}).json()["roles"][0]
    grant = f"/projects/{project['id']}/users/{user['id']}/roles/{role['id']}"
    assert admin("HEAD", grant).status_code == 404
    assert admin("PUT", grant).status_code == 204
    assert admin("HEAD", grant).status_code == 204
    listed = admin("GET", "/role_assignments", params={"user.id": user["id"], "include_names": "true"}).json()
    assert listed["role_assignments"][0]["scope"]["project"]["name"] == "lab"

    text, _ = cloud.nova.identity.authenticate_key("lea", "s")
    change = {"user": {"password": "t", "original_password": "s"}}
    path = f"/identity/v3/users/{user['id']}/password"
    assert cloud.call("POST", path, "demo", json=change).status_code == 403
    assert cloud.call("POST", path, headers={"X-Auth-Token": text}, json=change).status_code == 204
    assert (
        admin("PATCH", f"/users/{user['id']}", json={"user": {"enabled": False}}).json()["user"]["enabled"]
        is False
    )
    with pytest.raises(exception.Unauthorized):
        cloud.nova.identity.authenticate_key("lea", "t")
    assert admin("DELETE", f"/users/{user['id']}").status_code == 204
    assert admin("DELETE", f"/projects/{project['id']}").status_code == 204
    assert admin("GET", f"/users/{user['id']}").status_code == 404


def test_links_follow_the_address_that_the_client_used(cloud: Cloud) -> None:
    reply = cloud.call("GET", "/identity/v3", None, headers={"Host": "cloud.example.com"})
    assert reply.json()["version"]["links"][0]["href"] == "http://cloud.example.com/identity/v3/"


def test_two_processes_that_start_at_once_agree_on_a_key(tmp_path: object) -> None:
    first, second = make_backend(tmp_path).identity, make_backend(tmp_path).identity
    identity.seed(first, [{"name": "ann", "password": "p"}])
    text, token = second.authenticate_key("ann", "p")
    assert first.validate(text) == token
