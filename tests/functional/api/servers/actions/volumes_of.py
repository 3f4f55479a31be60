"""A server's volume on its way: who holds it."""

from __future__ import annotations

from nova_api.backend import Backend
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.volumes import shown, status


def attach(cloud: Cloud, uuid: str, disk: str) -> None:
    body = {"volumeAttachment": {"volumeId": disk}}
    assert cloud.api.admin.post(f"/servers/{uuid}/os-volume_attachments", body).status_int == 200
    cloud.settled(uuid)


def holders(backend: Backend, disk: str) -> list[tuple[str | None, str]]:
    """(host, status) of the attachments of a volume."""
    return [(one.host, one.status) for one in shown(backend, disk).attachments]


def is_at(cloud: Cloud, uuid: str, disk: str, host: str) -> None:
    """The server runs there with its volume, which nobody else has."""
    assert cloud.settled(uuid).host == host
    assert cloud.plugged(uuid) == {host: {disk}}
    assert holders(cloud.backend, disk) == [(host, "attached")]
    assert status(cloud.backend, disk) == "in-use"
    listed = cloud.api.admin.get(f"/servers/{uuid}/os-volume_attachments", version="2.89").json
    (attachment,) = shown(cloud.backend, disk).attachments
    assert [one["attachment_id"] for one in listed["volumeAttachments"]] == [attachment.id]
