"""What recorded replies prove of a client."""

from __future__ import annotations

import json
from typing import Any

from nova_api.api import inventory
from tests.clients import evidence

OPERATIONS = evidence.Operations(inventory.entries())


def _said(path: str, method: str = "GET", **other: Any) -> dict[str, Any]:
    headers = {"x-openstack-nova-api-version": "2.53"}
    return {"method": method, "path": path, "status": 200, "headers": headers, "client": "a", **other}


def test_operations_have_the_names_of_the_coverage_page() -> None:
    reboot = json.dumps({"reboot": {"type": "HARD"}})
    found = evidence.gather(
        [
            _said("/v2.1/servers/x"),
            _said("/compute/v2.1/servers/detail"),
            _said("/v2.1/6f70656e737461636b20342065766572/flavors/1"),
            _said("/v2/flavors/1", headers={}),
            _said("/v2.1/servers/x/action", "POST", status=202, request_body=reboot),
        ],
        OPERATIONS,
    )
    assert found == {
        "a": {
            "GET /flavors/{id}": ["v2", "2.53"],
            "GET /servers/detail": ["2.53"],
            "GET /servers/{id}": ["2.53"],
            "POST /servers/{id}/action reboot": ["2.53"],
        }
    }


def test_what_proves_nothing() -> None:
    refused, nobody = _said("/v2.1/servers/x", status=404), _said("/v2.1/servers/x", client="")
    assert evidence.gather([refused, nobody, _said("/identity/v3"), _said("/v2.1/nowhere")], OPERATIONS) == {}
