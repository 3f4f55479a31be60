"""/os-security-group-rules (to 2.35)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.client import DEMO_PROJECT, Api

PATH = "/os-security-group-rules"
NOBODY = "b7c8f4f2-5a0e-4a6d-9d7f-0a7f2f1f5d10"


@pytest.fixture
def group(api: Api) -> str:
    body = {"security_group": {"name": "web", "description": ""}}
    return str(api.post("/os-security-groups", body).json["security_group"]["id"])


def add(api: Api, group: str, protocol: Any = "tcp", low: Any = 80, high: Any = 90, **more: Any) -> Any:
    rule = {"ip_protocol": protocol, "from_port": low, "to_port": high, "parent_group_id": group, **more}
    return api.post(
        PATH, {"security_group_rule": {key: value for key, value in rule.items() if value != ...}}
    )


@pytest.mark.parametrize("version", [None, "2.35"])
def test_from_making_to_deleting(api: Api, group: str, version: str | None) -> None:
    api.version = version
    reply = add(api, group, low="80", high="90", cidr="10.0.0.7/8", colour="red")
    made = reply.json["security_group_rule"]
    assert (reply.status_int, made) == (
        200,
        {
            "id": made["id"],
            "parent_group_id": group,
            "ip_protocol": "tcp",
            "from_port": 80,
            "to_port": 90,
            "group": {},
            "ip_range": {"cidr": "10.0.0.0/8"},
        },
    )
    assert api.get(f"/os-security-groups/{group}").json["security_group"]["rules"] == [made]
    path = f"{PATH}/{made['id']}"
    deleted = api.delete(path)
    assert (deleted.status_int, deleted.body) == (202, b"")
    gone = api.delete(path)
    assert gone.status_int == 404
    assert made["id"] in gone.json["itemNotFound"]["message"]
    assert api.get(f"/os-security-groups/{group}").json["security_group"]["rules"] == []


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, ("tcp", 80, 90, "0.0.0.0/0")),
        ({"protocol": "UDP", "cidr": "::/0"}, ("udp", 80, 90, "::/0")),
        ({"cidr": ""}, ("tcp", 80, 90, "0.0.0.0/0")),
        ({"protocol": "icmp", "low": -1, "high": -1}, ("icmp", -1, -1, "0.0.0.0/0")),
        ({"protocol": "icmp", "low": 8, "high": 0, "cidr": "10.0.0.0/8"}, ("icmp", 8, 0, "10.0.0.0/8")),
    ],
)
def test_ranges(api: Api, group: str, asked: dict[str, Any], shown: tuple[Any, ...]) -> None:
    rule = add(api, group, **asked).json["security_group_rule"]
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"], rule["ip_range"]["cidr"]) == shown
    assert rule["group"] == {}


@pytest.mark.parametrize(
    ("protocol", "ports", "shown"),
    [
        ("tcp", (22, 22), ("tcp", 22, 22)),
        ("udp", (None, None), ("udp", 1, 65535)),
        ("icmp", (..., ...), ("icmp", -1, -1)),
        (..., (..., ...), (None, None, None)),
    ],
)
def test_from_a_group(
    api: Api, group: str, protocol: Any, ports: tuple[Any, Any], shown: tuple[Any, ...]
) -> None:
    rule = add(api, group, protocol, *ports, group_id=group, cidr=None).json["security_group_rule"]
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == shown
    assert (rule["group"], rule["ip_range"]) == ({"name": "web", "tenant_id": DEMO_PROJECT}, {})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"protocol": None}, "Not enough parameters"),
        ({"high": ...}, "Not enough parameters"),
        ({"low": None, "high": None}, "Not enough parameters"),
        ({"low": None, "group_id": NOBODY}, "Not enough parameters"),
        ({"protocol": "gre"}, "Invalid IP protocol gre"),
        ({"protocol": {"a": 1}}, "Invalid IP protocol"),
        ({"low": 90, "high": 80}, "90:80"),
        ({"low": 0}, "0:90"),
        ({"high": 65536}, "80:65536"),
        ({"protocol": "icmp", "low": 256}, "256:90"),
        ({"protocol": "icmp", "low": -1, "high": 3}, "code 3"),
        ({"low": "www"}, "'www'"),
        ({"low": True}, "True"),
        ({"low": 80.5}, "80.5"),
        ({"low": "9" * 5000}, "not a whole number"),
        ({"cidr": "10.0.0.1"}, "'10.0.0.1'"),
        ({"cidr": "10.0.0.0/33"}, "'10.0.0.0/33'"),
        ({"cidr": "10.0.0.7/0"}, "Bad prefix"),
        ({"cidr": "fe80::%1/64"}, "fe80"),
        ({"cidr": 7}, "7"),
        ({"cidr": ["10.0.0.0/8"]}, "10.0.0.0/8"),
        ({"group_id": "web"}, "group_id"),
        ({"parent_group_id": "web"}, "parent_group_id"),
        ({"parent_group_id": ...}, "parent_group_id"),
    ],
)
def test_refusals(api: Api, group: str, asked: dict[str, Any], words: str) -> None:
    reply = add(api, group, **asked)
    assert reply.status_int == 400
    assert words in reply.json["badRequest"]["message"]


def test_what_is_not_there_and_what_is_there_already(api: Api, group: str) -> None:
    for missing in (add(api, NOBODY), add(api, group, group_id=NOBODY)):
        assert missing.status_int == 404
        assert NOBODY in missing.json["itemNotFound"]["message"]
    rule = add(api, group).json["security_group_rule"]["id"]
    again = add(api, group)
    assert again.status_int == 400
    assert rule in again.json["badRequest"]["message"]
    assert api.delete(f"{PATH}/7").status_int == 400


def test_who_may(api: Api, group: str) -> None:
    path = f"{PATH}/{add(api, group).json['security_group_rule']['id']}"
    reader = api.as_("ruth", roles="reader")
    for refused in (add(reader, group), reader.delete(path)):
        assert refused.status_int == 403
        assert "os_compute_api:os-security-groups:rule:" in refused.json["forbidden"]["message"]
    stranger = api.as_("eve", "e" * 32)
    assert [add(stranger, group).status_int, stranger.delete(path).status_int] == [404, 404]
    for method, url in (("POST", PATH), ("DELETE", path)):
        assert api.request(method, url, version="2.36").status_int == 404
    assert api.delete(path, root="/v2").status_int == 202
