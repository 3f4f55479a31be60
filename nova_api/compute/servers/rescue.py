"""Rescue and unrescue: mending a server from another image."""

from __future__ import annotations

from typing import Protocol

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.servers import host_work, names
from nova_api.context import RequestContext
from nova_api.db import block_devices, nodes

#: An image says by one of these how its disk goes in beside the guest's own, whose order then stays.
_DEVICE_PROPERTIES = ("hw_rescue_device", "hw_rescue_bus")
_ACTIVE = "active"
_IN_USE = "in-use"


class Rescued(transitions.ServerRecord, Protocol):
    """A server's record with what it boots from (no image: a volume), and its node."""

    @property
    def image_id(self) -> str | None: ...
    @property
    def node(self) -> str | None: ...


def rescue(
    backend: Backend,
    context: RequestContext,
    server: Rescued,
    *,
    image_id: str | None = None,
    admin_password: str | None = None,
    volumes_too: bool = False,
) -> str:
    """Begins a rescue; returns the password of the rescue system, made up where none is given.

    Without ``image_id`` the server's own image is used.  ``volumes_too`` admits
    servers that boot from a volume, where their host can do it.  Raises
    ServerLocked, ServerInvalidState, ServerNotLaunched, ServerNotReady,
    VolumeNotInUse, ServerNotRescuable, RescueImageUnusable, StaleState.
    """
    transitions.check(server, "rescue", context)
    _check_volumes(backend, context, server)
    needs_device = server.image_id is None
    if needs_device:
        _check_host(backend, server, volumes_too)
    if image_id is not None:
        _check_image(backend, context, image_id, needs_device)
    elif needs_device:
        raise exception.ServerNotRescuable(
            server_id=server.uuid,
            reason="it boots from a volume, so an image to rescue it with must be named",
        )
    password = names.password(backend.conf.password_length) if admin_password is None else admin_password
    payload = {"image_id": image_id or server.image_id, "admin_password": password}
    host_work.begin(backend, context, server, "rescue", payload)
    return password


def unrescue(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Begins the way back to the server's own disk; raises the first five that ``rescue`` raises."""
    transitions.check(server, "unrescue", context)
    host_work.begin(backend, context, server, "unrescue")


def _check_volumes(backend: Backend, context: RequestContext, server: Rescued) -> None:
    """Every volume of the server is in use: one on its way in or out would be lost sight of."""
    with backend.db.reader() as conn:
        devices = block_devices.of_server(conn, server.id)
    for device in devices:
        if device.volume_id is None:
            continue
        volume = backend.volumes.show(context, device.volume_id)
        if volume.status != _IN_USE:
            raise exception.VolumeNotInUse(
                volume_id=volume.id, status=volume.status, server_id=server.uuid, operation="rescue"
            )


def _check_host(backend: Backend, server: Rescued, volumes_too: bool) -> None:
    if not volumes_too:
        raise exception.ServerNotRescuable(
            server_id=server.uuid, reason="Cannot rescue a volume-backed instance"
        )
    with backend.db.reader() as conn:
        able = nodes.can_rescue_volumes(conn, server.host or "", server.node or "")
    if not able:
        raise exception.ServerNotRescuable(
            server_id=server.uuid, reason="Host unable to rescue a volume-backed instance"
        )


def _check_image(backend: Backend, context: RequestContext, image_id: str, needs_device: bool) -> None:
    try:
        image = backend.images.show(context, image_id)
    except exception.ImageNotFound as error:
        raise exception.RescueImageUnusable(image_id=image_id, reason="it could not be found") from error
    if image.status != _ACTIVE:
        raise exception.RescueImageUnusable(image_id=image_id, reason=f"it is {image.status}, not active")
    if needs_device and not any(name in image.properties for name in _DEVICE_PROPERTIES):
        names_of = " or ".join(_DEVICE_PROPERTIES)
        raise exception.RescueImageUnusable(
            image_id=image_id, reason=f"for a server that boots from a volume it must have {names_of}"
        )
