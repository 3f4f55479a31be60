"""NICs follow their server wherever it goes; one that was detached is not made again."""

from __future__ import annotations

from nova_api.context import admin
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.moving import Cloud

AUTO = {"block_migration": "auto", "host": None}


def test_only_what_it_still_has_comes_along(cloud: Cloud, network_id: str) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot(networks=[{"uuid": network_id}])
    path, api = f"/servers/{uuid}/os-interface", cloud.api.admin
    (first,) = (nic["port_id"] for nic in api.get(path).json["interfaceAttachments"])
    body = {"interfaceAttachment": {"net_id": network_id}}
    second = api.post(path, body).json["interfaceAttachment"]["port_id"]
    assert api.delete(f"{path}/{first}").status_int == 202
    cloud.settled(uuid)

    def is_there() -> None:
        host = cloud.settled(uuid).host
        assert cloud.port_hosts(uuid) == {host or ""}
        assert [nic["port_id"] for nic in api.get(path).json["interfaceAttachments"]] == [second]
        assert len(rows.server(cloud.backend, uuid).nics) == 1
        port = cloud.backend.networks.show_port(admin(), second)
        assert port.status == ("ACTIVE" if host else "DOWN")

    for begin in (
        lambda: cloud.act(uuid, "os-migrateLive", AUTO, version="2.34"),
        lambda: cloud.act(uuid, "migrate"),
        lambda: cloud.act(uuid, "revertResize"),
        lambda: cloud.act(uuid, "resize", {"flavorRef": "2"}),
        lambda: cloud.act(uuid, "confirmResize", status=204),
        lambda: cloud.act(uuid, "rebuild", {"imageRef": rows.server(cloud.backend, uuid).image_id}),
        lambda: cloud.act(uuid, "shelve"),
        lambda: cloud.act(uuid, "unshelve"),
        lambda: _evacuate(cloud, uuid),
    ):
        begin()
        is_there()


def _evacuate(cloud: Cloud, uuid: str) -> None:
    host = rows.server(cloud.backend, uuid).host
    cloud.down(host)
    cloud.act(uuid, "evacuate", {"onSharedStorage": False}, status=200)
    assert cloud.settled(uuid).host != host
