"""/os-floating-ip-pools (to 2.35)."""

from __future__ import annotations

from nova_api import backend as nova_backend
from nova_api.context import admin
from nova_api.neighbours.networks import seed
from tests.functional.client import Api

PATH = "/os-floating-ip-pools"


def test_pools_are_the_external_networks(api: Api, backend: nova_backend.Backend) -> None:
    assert api.get(PATH).json == {"floating_ip_pools": []}
    seed(backend.networks)
    nameless = backend.networks.networks.create(admin(), {"name": "", "external": True})
    expected = {"floating_ip_pools": [{"name": "public"}, {"name": nameless.id}]}
    assert api.get(PATH).json == expected
    assert api.get(f"{PATH}?colour=red", version="2.35").json == expected
    assert api.as_("nina", roles="stranger").get(PATH).json == expected  # anyone may
    assert api.get(PATH, root="/v2").json == expected
    assert api.get(PATH, version="2.36").status_int == 404
