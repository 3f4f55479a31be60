"""/os-volumes_boot: the servers under their old name, to 2.102."""

from __future__ import annotations

import pytest

from nova_api import backend as nova_backend
from nova_api.api.compute import RESOURCES
from nova_api.api.declare import operations_of
from tests.functional.api.servers import given
from tests.functional.api.servers.conftest import image_id, network_id, stocked, workers
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

__all__ = ["image_id", "network_id", "stocked", "workers"]

PATH = "/os-volumes_boot"
ACTIONS = {"confirmResize", "createImage", "os-start", "os-stop", "reboot", "rebuild", "resize"} | {
    "revertResize",
    "trigger_crash_dump",
}


@pytest.mark.usefixtures("workers")
def test_a_life(api: Api, image_id: str) -> None:
    asked = {"server": {"name": "vm", "flavorRef": "1", "imageRef": image_id}}
    made = api.post(PATH, asked)
    assert made.status_int == 202
    server = made.json["server"]["id"]
    path = f"{PATH}/{server}"
    assert made.headers["Location"].endswith(f"/servers/{server}")
    until(lambda: api.get(path).json["server"]["status"] == "ACTIVE")
    assert api.get(path).json == api.get(f"/servers/{server}").json
    assert api.put(path, {"server": {"name": "renamed"}}).json["server"]["name"] == "renamed"
    assert api.post(f"{path}/action", {"os-stop": None}).status_int == 202
    until(lambda: api.get(path).json["server"]["status"] == "SHUTOFF")
    assert [found["id"] for found in api.get(f"{PATH}/detail?status=SHUTOFF").json["servers"]] == [server]
    assert api.delete(path).status_int == 204
    until(lambda: api.get(path).status_int == 404)


def test_pages_link_to_themselves(api: Api, backend: nova_backend.Backend) -> None:
    given.several(backend, 2)
    page = api.get(f"{PATH}?limit=1").json
    (link,) = page["servers_links"]
    assert f"/v2.1{PATH}?limit=1&marker={page['servers'][0]['id']}" in link["href"]
    assert len(api.get(PATH, root="/v2").json["servers"]) == 2


def test_windows(api: Api, backend: nova_backend.Backend) -> None:
    server = given.server(backend)
    for path in (PATH, f"{PATH}/detail", f"{PATH}/{server}"):
        assert api.get(path, version="2.102").status_int == 200
        assert api.get(path, version="2.103").status_int == 404
    for body in ({"reboot": {"type": "HARD"}}, {"trigger_crash_dump": None}):
        path = f"{PATH}/{server}/action"
        assert api.post(path, body, version="2.103").status_int == 404
    assert api.post(path, {"trigger_crash_dump": None}, version="2.16").status_int == 404
    assert api.delete(f"{PATH}/{server}", version="2.103").status_int == 404
    assert api.get(f"/servers/{server}", version="2.104").status_int == 200


def test_only_the_first_actions_have_the_old_name(api: Api, backend: nova_backend.Backend) -> None:
    declared = {
        operation.action
        for controller in RESOURCES
        for operation in operations_of(controller)
        if operation.path == f"{PATH}/{{id}}/action"
    }
    assert declared == ACTIONS
    refused = api.post(f"{PATH}/{given.server(backend)}/action", {"lock": None})
    assert refused.status_int == 400
    assert "lock" in refused.json["badRequest"]["message"]
