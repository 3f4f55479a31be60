"""What is measured, with the budgets that it is held against."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from bench import filling

#: Everybody is admin in a project of a given size: administrators see the most fields.
_VERSIONS = {"2.1": {}, "2.96": {"OpenStack-API-Version": "compute 2.96"}}


@dataclasses.dataclass(frozen=True)
class Case:
    """One kind of request.

    :param budget: CPU-milliseconds a request of our processes
    :param ratio: the same as a multiple of what the bare server spends on one
    :param project: whose servers it looks at, ``{project: how many}``
    :param expected: the status
    :param needs: ``api``: one program; ``cloud``: scheduler, compute host and broker too; ``all``: nova-all
    :param token: X-Auth-Token; None for the project's administrator
    :param heavy: not measured unless named or everything is
    """

    name: str
    title: str
    path: str
    budget: float
    ratio: float | None = None
    project: Mapping[str, int] = dataclasses.field(default_factory=dict)
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    expected: int = 200
    version: str = "2.1"
    needs: str = "api"
    token: str | None = None
    heavy: bool = False

    def asked(self, port: int, values: Mapping[str, str]) -> dict[str, Any]:
        """What ``bench.load`` takes; ``values`` stand for ``{name}`` in texts: ids known only at run time."""
        project = next(iter(self.project), "small")
        body = None if self.body is None else _filled(json.dumps(self.body), values)
        return {
            "port": port,
            "method": self.method,
            "path": _filled(self.path, values),
            "headers": {
                "X-Auth-Token": _filled(self.token or f"admin:{project}", values),
                **_VERSIONS[self.version],
            },
            "body": body,
            "expected": self.expected,
        }


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


THOUSAND = {"thousand": 1000}
MANY = {"many": 10_000}
MOST = {"most": 100_000}
_SHOWN = f"/v2.1/servers/{filling.server_uuid('thousand', 500)}"


def _after(project: str, position: int, count: int) -> str:
    """The page of 1,000 after the server at ``position`` of the list, which begins with the youngest."""
    return f"/v2.1/servers?limit=1000&marker={filling.server_uuid(project, count - position)}"


SERVER = {
    "server": {
        "name": "made-%n",
        "flavorRef": "1",
        "imageRef": "{image}",
        "networks": [{"uuid": filling.NETWORK}],
    }
}
CREDENTIALS = {
    "auth": {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": "demo", "domain": {"id": "default"}, "password": filling.PASSWORD}},
        },
        "scope": {"project": {"name": "demo", "domain": {"id": "default"}}},
    }
}

CASES = (
    Case("root", "GET /", "/", 0.2, 1.5),
    Case("flavors", "GET /flavors/detail, 5 flavors", "/v2.1/flavors/detail", 0.5, 3),
    Case("show", "GET /servers/{id}, 2.1", _SHOWN, 0.8, 4, THOUSAND),
    Case("show-2.96", "GET /servers/{id}, 2.96", _SHOWN, 0.9, 5, THOUSAND, version="2.96"),
    Case(
        "detail-100",
        "GET /servers/detail?limit=100 of 1,000, 2.1",
        "/v2.1/servers/detail?limit=100",
        5,
        28,
        THOUSAND,
    ),
    Case(
        "detail-100-2.96",
        "the same, 2.96",
        "/v2.1/servers/detail?limit=100",
        7,
        40,
        THOUSAND,
        version="2.96",
    ),
    Case(
        "detail-1000",
        "GET /servers/detail?limit=1000, 2.1",
        "/v2.1/servers/detail?limit=1000",
        50,
        280,
        THOUSAND,
    ),
    Case(
        "detail-1000-2.96",
        "the same, 2.96",
        "/v2.1/servers/detail?limit=1000",
        60,
        340,
        THOUSAND,
        version="2.96",
    ),
    Case("list-1000", "GET /servers?limit=1000 of 10,000", "/v2.1/servers?limit=1000", 10, 55, MANY),
    Case("marker-8000", "the page after 8,000 of 10,000", _after("many", 8000, 10_000), 10, 55, MANY),
    Case(
        "marker-90000",
        "the page after 90,000 of 100,000",
        _after("most", 90_000, 100_000),
        10,
        55,
        MOST,
        heavy=True,
    ),
    Case("token", "GET /flavors/detail with an issued token", "/v2.1/flavors/detail", 0.6, token="{token}"),
    Case(
        "log-in",
        "POST /identity/v3/auth/tokens, hash cost as shipped",
        "/identity/v3/auth/tokens",
        5,
        method="POST",
        body=CREDENTIALS,
        expected=201,
    ),
    Case(
        "create",
        "POST /servers, API process",
        "/v2.1/servers",
        4,
        22,
        method="POST",
        body=SERVER,
        expected=202,
        needs="cloud",
    ),
    Case(
        "boot",
        "one boot, API, scheduler and compute host over RabbitMQ",
        "/v2.1/servers",
        12,
        66,
        method="POST",
        body=SERVER,
        expected=202,
        needs="cloud",
    ),
    Case(
        "boot-all",
        "one boot, nova-all",
        "/v2.1/servers",
        12,
        66,
        method="POST",
        body=SERVER,
        expected=202,
        needs="all",
    ),
)
BY_NAME = {case.name: case for case in CASES}
