"""Everything that invariants compare, read at one moment."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db import server_migrations
from nova_api.db.guests import Guest
from nova_api.db.schema.block_device import server_block_devices
from nova_api.db.schema.compute import (
    allocations,
    compute_nodes,
    server_action_events,
    server_actions,
    servers,
)
from nova_api.db.schema.image import images
from nova_api.db.schema.migration import migrations
from nova_api.db.schema.network import ports
from nova_api.db.schema.volume import volume_attachments, volumes
from tests.functional.machine.places import Place

_GUEST = [servers.c[field.name] for field in dataclasses.fields(Guest)]


class Snapshot:
    """Rows of a cloud's tables, and the files of its guests.

    ``reset`` are the servers that an administrator has declared to be in another state than they are.
    """

    def __init__(self, place: Place, reset: set[str]) -> None:
        self.place = place
        self.reset = reset
        backend: Backend = place.backend
        with backend.db.reader() as conn:

            def rows(table: sa.Table) -> list[Any]:
                return list(conn.execute(sa.select(table)))

            self.guests = [Guest(**row._mapping) for row in conn.execute(sa.select(*_GUEST))]
            self.claims = rows(allocations)
            self.nodes = rows(compute_nodes)
            self.ports = rows(ports)
            self.volumes = rows(volumes)
            self.attachments = rows(volume_attachments)
            self.disks = rows(server_block_devices)
            self.moves = rows(migrations)
            self.actions = rows(server_actions)
            self.events = rows(server_action_events)
            self.images = rows(images)
        self.alive = {guest.uuid: guest for guest in self.guests if not guest.deleted}
        self.root = pathlib.Path(backend.conf.state_path).resolve() / "fake"

    def pending(self, guest: Guest) -> Any:
        """The resize or cold migration that waits for its confirmation; None where none does."""
        for move in self.moves:
            if move.server_id == guest.id and move.status == server_migrations.FINISHED:
                return move
        return None

    def files(self, guest_uuid: str) -> dict[str, list[pathlib.Path]]:
        """Host → what the fake driver keeps there of a server."""
        return {
            folder.parent.name: sorted(folder.iterdir())
            for folder in sorted(self.root.glob(f"*/{guest_uuid}"))
        }
