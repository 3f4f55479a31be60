"""/os-keypairs: import and generation, types, owners, pages, quota."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from oslo_config import cfg

from tests.functional.client import Api


def ssh_line(key: Any, comment: str = "me@here") -> str:
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return f"{public.decode()} {comment}"


ED25519 = ssh_line(ed25519.Ed25519PrivateKey.generate())


def create(api: Api, name: str, version: str = "2.2", **values: Any) -> Any:
    return api.post("/os-keypairs", {"keypair": {"name": name, **values}}, version=version)


def names(api: Api, query: str = "", version: str = "2.35") -> list[str]:
    answer = api.get(f"/os-keypairs{query}", version=version)
    assert answer.status_int == 200, answer.text
    return [item["keypair"]["name"] for item in answer.json["keypairs"]]


# --- making ---------------------------------------------------------------------------


def test_generated_ssh(api: Api) -> None:
    made = create(api, "k", version="2.1")
    assert made.status_int == 200
    keypair = made.json["keypair"]
    assert set(keypair) == {"name", "public_key", "private_key", "fingerprint", "user_id"}
    private = serialization.load_pem_private_key(keypair["private_key"].encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 2048
    assert keypair["private_key"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert keypair["public_key"] == ssh_line(private, "Generated-by-Nova")
    blob = base64.b64decode(keypair["public_key"].split()[1])
    assert keypair["fingerprint"] == hashlib.md5(blob).digest().hex(":")


def test_generated_x509(api: Api) -> None:
    made = create(api, "k", type="x509")
    assert made.status_int == 201
    keypair = made.json["keypair"]
    certificate = x509.load_pem_x509_certificate(keypair["public_key"].encode())
    assert certificate.subject.rfc4514_string() == f"CN={api.user}"
    key, inside, _ = pkcs12.load_key_and_certificates(base64.b64decode(keypair["private_key"]), None)
    assert inside == certificate
    assert key is not None
    assert key.public_key() == certificate.public_key()
    assert keypair["fingerprint"] == certificate.fingerprint(hashes.SHA1()).hex(":")
    imported = create(api, "copy", type="x509", public_key=keypair["public_key"])
    assert imported.status_int == 201
    assert imported.json["keypair"]["fingerprint"] == keypair["fingerprint"]


def test_a_certificate_for_a_user_with_a_long_name(api: Api) -> None:
    assert create(api.as_("ü" * 200), "k", type="x509").status_int == 201


@pytest.mark.parametrize(
    "key",
    [
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(65537, 1024),
    ],
    ids=["ed25519", "ecdsa-256", "ecdsa-521", "rsa"],
)
def test_import(api: Api, key: Any) -> None:
    line = ssh_line(key)
    made = create(api, "k", public_key=line)
    assert made.status_int == 201
    keypair = made.json["keypair"]
    assert keypair["public_key"] == line
    assert "private_key" not in keypair
    assert keypair["fingerprint"] == hashlib.md5(base64.b64decode(line.split()[1])).digest().hex(":")


@pytest.mark.parametrize(
    ("key_type", "text"),
    [
        ("ssh", ""),
        ("ssh", "ssh-rsa"),
        ("ssh", "ssh-rsa AAAA"),
        ("ssh", "ssh-rsa not-base64!"),
        ("ssh", "ssh-dss " + base64.b64encode(b"\0\0\0\x07ssh-dss").decode()),
        # A key that was just made, so another one in each test process: the tests' names must not hold it.
        pytest.param("ssh", ED25519.replace("ssh-ed25519", "ssh-rsa", 1), id="ssh-of another kind"),
        ("ssh", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("ssh", "\N{SNOWMAN} \N{SNOWMAN}"),
        pytest.param("x509", ED25519, id="x509-an ssh key"),
        ("x509", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("x509", ""),
    ],
)
def test_invalid_keys(api: Api, key_type: str, text: str) -> None:
    answer = create(api, "k", type=key_type, public_key=text)
    assert answer.status_int == 400
    assert "Keypair data is invalid" in answer.json["badRequest"]["message"]
    assert names(api) == []


@pytest.mark.parametrize(
    ("version", "values", "status"),
    [
        ("2.1", {"type": "ssh"}, 400),
        ("2.2", {"type": "ssh"}, 201),
        ("2.2", {"type": "dsa"}, 400),
        ("2.9", {"user_id": "demo"}, 400),
        ("2.10", {"user_id": "demo"}, 201),
        ("2.91", {}, 201),
        ("2.92", {}, 400),
        ("2.92", {"public_key": ED25519}, 201),
        ("2.91", {"name": "a@b.c", "public_key": ED25519}, 400),
        ("2.92", {"name": "a@b.c", "public_key": ED25519}, 201),
        ("2.1", {"name": "a/b"}, 400),
        ("2.1", {"name": " a"}, 400),
        ("2.1", {"name": ""}, 400),
        ("2.1", {"name": "x" * 256}, 400),
        ("2.1", {"public_key": None}, 400),
    ],
)
def test_what_create_takes(api: Api, version: str, values: dict[str, Any], status: int) -> None:
    assert create(api, values.pop("name", "k"), version=version, **values).status_int == status


def test_legacy_names(api: Api) -> None:
    body = {"keypair": {"name": " any/thing: ok ", "public_key": ED25519, "type": "x509"}}
    made = api.post("/os-keypairs", body, root="/v2")
    assert made.status_int == 200
    assert made.json["keypair"]["name"] == "any/thing: ok"
    assert "type" not in made.json["keypair"], "the legacy API does not know of types"


def test_a_taken_name(api: Api) -> None:
    create(api, "k", public_key=ED25519)
    answer = create(api, "k", public_key=ED25519)
    assert answer.status_int == 409
    message = answer.json["conflictingRequest"]["message"]
    assert "'k'" in message
    assert "already exists" in message


def test_quota(api: Api, conf: cfg.ConfigOpts) -> None:
    conf.set_override("key_pairs", 1, group="quota")
    assert create(api, "a", public_key=ED25519).status_int == 201
    over = create(api, "b", public_key=ED25519)
    assert over.status_int == 403
    assert "Quota exceeded" in over.json["forbidden"]["message"]
    assert create(api.as_("other"), "a", public_key=ED25519).status_int == 201, "the quota is a user's"
    conf.set_override("key_pairs", -1, group="quota")
    assert create(api, "b", public_key=ED25519).status_int == 201


# --- reading and deleting ------------------------------------------------------------------


def test_show(api: Api) -> None:
    create(api, "my key", public_key=ED25519)
    shown = api.get("/os-keypairs/my%20key", version="2.2").json["keypair"]
    assert shown.pop("created_at")[10] == "T"
    assert shown == {
        "id": 1,
        "name": "my key",
        "type": "ssh",
        "user_id": "demo",
        "public_key": ED25519,
        "fingerprint": shown["fingerprint"],
        "deleted": False,
        "deleted_at": None,
        "updated_at": None,
    }
    assert "type" not in api.get("/os-keypairs/my%20key").json["keypair"]


def test_unknown(api: Api) -> None:
    for answer in (api.get("/os-keypairs/nope"), api.delete("/os-keypairs/nope")):
        assert answer.status_int == 404
        message = answer.json["itemNotFound"]["message"]
        assert "nope" in message
        assert "demo" in message


@pytest.mark.parametrize(("version", "status"), [("2.1", 202), ("2.2", 204)])
def test_delete(api: Api, version: str, status: int) -> None:
    create(api, "k", public_key=ED25519)
    answer = api.delete("/os-keypairs/k", version=version)
    assert (answer.status_int, answer.body) == (status, b"")
    assert answer.headers["Content-Type"] == "application/json"
    assert names(api) == []


def test_list_keys_by_version(api: Api) -> None:
    create(api, "k", public_key=ED25519)
    for version, keys in (("2.1", set()), ("2.2", {"type"})):
        (item,) = api.get("/os-keypairs", version=version).json["keypairs"]
        assert set(item) == {"keypair"}
        assert set(item["keypair"]) == {"name", "public_key", "fingerprint"} | keys


def test_pages_from_2_35(api: Api) -> None:
    for name in ("c", "a", "b"):
        create(api, name, public_key=ED25519)
    assert names(api, "?limit=2") == ["a", "b"]
    page = api.get("/os-keypairs?limit=2", version="2.35").json
    href = "http://localhost/v2.1/os-keypairs?limit=2&marker=b"
    assert page["keypairs_links"] == [{"rel": "next", "href": href}]
    assert names(api, "?limit=2&marker=b") == ["c"]
    assert names(api, "?limit=0") == []
    old = api.get("/os-keypairs?limit=1", version="2.34").json
    assert len(old["keypairs"]) == 3
    assert "keypairs_links" not in old
    unknown = api.get("/os-keypairs?marker=zz", version="2.35")
    assert unknown.status_int == 400
    assert "could not be found" in unknown.json["badRequest"]["message"]
    assert api.get("/os-keypairs?limit=-1", version="2.35").status_int == 400


def test_query_is_closed_from_2_75(api: Api) -> None:
    create(api, "k", public_key=ED25519)
    for path in ("/os-keypairs", "/os-keypairs/k"):
        assert api.get(f"{path}?x=1", version="2.74").status_int == 200
        assert api.get(f"{path}?x=1", version="2.75").status_int == 400
    assert api.delete("/os-keypairs/k?x=1", version="2.75").status_int == 400


# --- whose ------------------------------------------------------------------------------------


def test_key_pairs_follow_their_user_through_projects(api: Api) -> None:
    create(api, "k", public_key=ED25519)
    assert names(api.as_("demo", "another")) == ["k"]
    assert names(api.as_("other")) == []


def test_administrators_act_for_others_from_2_10(api: Api) -> None:
    made = create(api.admin, "k", version="2.10", public_key=ED25519, user_id="demo")
    assert made.json["keypair"]["user_id"] == "demo"
    assert names(api, version="2.10") == ["k"]
    assert names(api.admin, "?user_id=demo", version="2.10") == ["k"]
    assert names(api.admin, "?user_id=demo", version="2.9") == []
    assert api.admin.get("/os-keypairs/k?user_id=demo", version="2.10").status_int == 200
    assert api.admin.delete("/os-keypairs/k?user_id=demo", version="2.10").status_int == 204
    assert create(api.admin, "k", version="2.10", user_id="", type="x509").status_int == 400


def test_others_do_not(api: Api) -> None:
    other = "?user_id=other"
    for answer, name in (
        (api.get(f"/os-keypairs{other}", version="2.10"), "index"),
        (api.get(f"/os-keypairs/k{other}", version="2.10"), "show"),
        (api.delete(f"/os-keypairs/k{other}", version="2.10"), "delete"),
        (create(api, "k", version="2.10", user_id="other"), "create"),
    ):
        assert answer.status_int == 403
        assert f"os_compute_api:os-keypairs:{name}" in answer.json["forbidden"]["message"]
    assert api.get("/os-keypairs?user_id=demo", version="2.10").status_int == 200
