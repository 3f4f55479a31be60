"""``/servers/{id}/ips``."""

from __future__ import annotations

from nova_api.backend import Backend
from tests.functional.api.servers import given
from tests.functional.client import Api


def test_addresses_by_network(api: Api, backend: Backend) -> None:
    floating = [{"address": "203.0.113.9", "version": 4, "fixed_address": "10.0.0.3"}]
    uuid = given.server(
        backend, nics=[given.nic("10.0.0.3", floating_ips=floating), given.nic("fd00::3", label="other")]
    )
    private = [{"addr": "10.0.0.3", "version": 4}, {"addr": "203.0.113.9", "version": 4}]
    shown = api.get(f"/servers/{uuid}/ips")
    assert shown.json == {"addresses": {"private": private, "other": [{"addr": "fd00::3", "version": 6}]}}
    assert api.get(f"/servers/{uuid}/ips/private").json == {"private": private}


def test_refusals(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    assert api.get(f"/servers/{uuid}/ips/nowhere").status_int == 404
    assert api.as_("eve", "0" * 32).get(f"/servers/{uuid}/ips").status_int == 404
    assert api.get(f"/servers/{uuid}/ips?x=1", version="2.101").status_int == 200
    assert api.get(f"/servers/{uuid}/ips?x=1", version="2.102").status_int == 400
    nobody = api.as_("nil", roles="other")
    assert nobody.get(f"/servers/{uuid}/ips").status_int == 403
