"""Rebuilding a server: the same host, flavor and addresses, another image or the same one anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from nova_api import context as contexts
from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import quotas, states, transitions
from nova_api.compute.servers import checks, names, shares
from nova_api.compute.servers.update import UNCHANGED, Change, check_name
from nova_api.context import RequestContext
from nova_api.db import actions, block_devices, guests, server_metadata, server_queries
from nova_api.db.guests import Guest
from nova_api.db.server_queries import Server

#: What an image says of its server, which has this back when it cannot have another.
IMAGE_COLUMNS = ("image_id", "image_properties", "kernel_id", "ramdisk_id")


@dataclasses.dataclass(frozen=True)
class Rebuild:
    """What is asked for; ``UNCHANGED`` where nothing was said.

    ``files`` is [{"path", "contents"}] with base64 contents; ``metadata``
    replaces all that the server has, None leaves it.  ``zero_disk_allowed`` and
    ``reimage_allowed`` (another image over a root volume) are what the caller's
    policies and version permit.
    """

    image_id: str
    change: Change
    admin_password: str | None = None
    replaced_metadata: Mapping[str, str] | None = None
    files: Sequence[Mapping[str, str]] = ()
    preserve_ephemeral: bool = False
    key_name: str | None = UNCHANGED
    user_data: str | None = UNCHANGED
    trusted_certs: Sequence[str] | None = UNCHANGED
    zero_disk_allowed: bool = False
    reimage_allowed: bool = False

    @property
    def metadata(self) -> Mapping[str, str]:
        return self.replaced_metadata or {}


def rebuild(backend: Backend, context: RequestContext, server: Server, asked: Rebuild) -> tuple[Server, str]:
    """Begins the rebuild; the server as it is now, and the administrator password that it gets.

    Raises what ``transitions.check`` raises, ServerNotReady, Invalid for the
    image, key pair or flavor, QuotaExceeded, ServerNameExists.
    """
    if shares.index(backend, server):
        raise exception.Invalid(f"Instance {server.uuid} has shares attached: it cannot be rebuilt.")
    transitions.check(server, "rebuild", context)
    plan = _Plan(backend, context, server, asked)
    backend.db.retrying(plan.carry_out)
    # Read again only now: the host may have begun, or be done.
    with backend.db.reader() as conn:
        found = server_queries.find(conn, server.uuid)
    if found is None:
        raise exception.ServerNotFound(server_id=server.uuid)
    return found, plan.password


class _Plan:
    """A rebuild with everything that it names looked up; ``carry_out`` may run again after a deadlock."""

    def __init__(self, backend: Backend, context: RequestContext, server: Server, asked: Rebuild) -> None:
        self._backend = backend
        self._context = context
        self._server = server
        self._asked = asked
        self._image = checks.image(backend, context, asked.image_id)
        checks.amounts(quotas.limits_of(backend, server.project_id), asked)
        #: The root volume, where another image has to be written over it.
        self._reimaged: str | None = None
        if server.image_id is None:
            self._check_volume()
        else:
            checks.image_on_flavor(self._image, server.flavor, asked.zero_disk_allowed)
        self._values = self._columns()
        password = asked.admin_password
        self.password = names.password(backend.conf.password_length) if password is None else password

    def _check_volume(self) -> None:
        """The root disk is a volume: it stays, with the image that it has or (allowed) another."""
        if self._asked.trusted_certs not in (UNCHANGED, None):
            raise exception.Invalid(
                "Image certificate validation is not possible for a server that boots from a volume."
            )
        with self._backend.db.reader() as conn:
            devices = block_devices.of_server(conn, self._server.id)
        root = next((device for device in devices if device.is_root), None)
        if root is None or root.volume_id is None:
            raise exception.Invalid(f"Instance {self._server.uuid} has no root disk.")
        # As administrator: the volume may be of a project that the caller does not act in.
        volume = self._backend.volumes.show(contexts.admin(), root.volume_id)
        if volume.image_metadata.get("image_id") == self._image.id:
            return
        if not self._asked.reimage_allowed:
            raise exception.Invalid(
                "Unable to rebuild with a different image for a volume-backed server: that needs "
                "microversion 2.93 or later."
            )
        checks.image_on_volume(self._image, self._server.flavor, volume.size)
        self._reimaged = volume.id

    def _columns(self) -> dict[str, Any]:
        """Of ``servers``, those to set."""
        backend, context, asked, image = self._backend, self._context, self._asked, self._image
        values = asked.change.values()
        # As at create: what is not asked for is as the image says, not as it was.
        values["disk_config"] = checks.disk_config(image, values.get("disk_config"))
        kernel, ramdisk = checks.kernel_of(backend, context, image)
        values |= {
            "image_id": None if self._server.image_id is None else image.id,
            "image_properties": dict(image.properties),
            "kernel_id": kernel,
            "ramdisk_id": ramdisk,
            "progress": 0,
        }
        if asked.key_name is not UNCHANGED:
            values |= {"key_name": asked.key_name, "key_data": checks.key(backend, context, asked.key_name)}
        if asked.user_data is not UNCHANGED:
            values["user_data"] = asked.user_data
        if asked.trusted_certs is not UNCHANGED:
            values["trusted_certs"] = None if asked.trusted_certs is None else list(asked.trusted_certs)
        return values

    def carry_out(self) -> None:
        """State, columns, action and work item."""
        server = self._server
        with work.accept(self._backend) as accepted:
            conn = accepted.conn
            # Locked before it changes: what the caller has seen may be older than what is there now.
            guest = guests.get(conn, server.uuid, lock=True)
            if guest is None or guest.host is None:
                raise exception.ServerNotReady(server_id=server.uuid)
            name = self._values.get("name", server.name)
            if name.lower() != server.name.lower():
                check_name(self._backend, conn, server, name)
            transitions.begin(conn, server, "rebuild", self._values)
            if self._asked.replaced_metadata is not None:
                server_metadata.replace(conn, server.id, self._asked.replaced_metadata)
            self._enqueue(accepted, guest)

    def _enqueue(self, accepted: work.Accepted, guest: Guest) -> None:
        conn, server, asked = accepted.conn, self._server, self._asked
        row = transitions.OPERATIONS["rebuild"]
        action = actions.start(conn, self._context, server.id, str(row.action))
        payload = {
            "admin_password": self.password,
            "files": [dict(file) for file in asked.files],
            "preserve_ephemeral": asked.preserve_ephemeral,
            "stop": guest.vm_state == states.STOPPED,
            "reimage": None if self._reimaged is None else [self._reimaged, self._image.id],
            "replaced": {name: getattr(guest, name) for name in IMAGE_COLUMNS}
            if self._replaces(guest)
            else None,
        }
        accepted.enqueue(
            self._context, rpc.COMPUTE, "rebuild", server, payload, host=guest.host, action_id=action
        )

    def _replaces(self, guest: Guest) -> bool:
        """Whether it gets another image than it has."""
        return self._reimaged is not None or guest.image_id not in (None, self._image.id)
