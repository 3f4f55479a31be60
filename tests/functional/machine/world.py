"""What there is at a moment, for operations to pick from."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.compute.operations import OPERATIONS
from nova_api.db.schema.compute import servers
from nova_api.db.schema.image import images
from nova_api.db.schema.migration import migrations
from nova_api.db.schema.network import networks, ports
from nova_api.db.schema.placement import server_groups
from nova_api.db.schema.volume import volumes

_T = TypeVar("_T")

#: Who asks: (user, project). The last one is an administrator.
CALLERS = (
    ("alice", "aaaaaaaa-0000-4000-8000-000000000001"),
    ("bob", "bbbbbbbb-0000-4000-8000-000000000002"),
    ("admin", "cccccccc-0000-4000-8000-000000000003"),
)
ADMIN = len(CALLERS) - 1


class Pick:
    """Choices out of one number, the smallest of which takes the first of everything."""

    def __init__(self, number: int) -> None:
        self._number = number

    def below(self, count: int) -> int:
        self._number, chosen = divmod(self._number, max(count, 1))
        return chosen

    def of(self, things: Sequence[_T]) -> _T:
        return things[self.below(len(things))]

    def once_in(self, count: int) -> bool:
        """Never for the number 0."""
        return self.below(count) == count - 1


@dataclasses.dataclass(frozen=True)
class World:
    """Rows as they were when it was looked at."""

    servers: list[Any]
    volumes: list[Any]
    ports: list[Any]
    groups: list[Any]
    networks: list[Any]
    images: list[Any]
    moves: list[Any]
    hosts: tuple[str, ...]
    lost: frozenset[str]

    def server(self, who: int, ordinal: int) -> Any:
        """One of the caller's servers (of an administrator's: all); None where there is none."""
        mine = [row for row in self.servers if who == ADMIN or row.project_id == CALLERS[who][1]]
        return mine[ordinal % len(mine)] if mine else None

    def apt(self, server: Any) -> list[str]:
        """Operations that the table admits for the server as it is."""
        return [
            name
            for name, row in OPERATIONS.items()
            if (row.vm_states is None or server.vm_state in row.vm_states)
            and (row.task_states is None or server.task_state in row.task_states)
        ]

    @property
    def image(self) -> str:
        """The image of the first start."""
        return str(self.images[0].uuid)


def look(backend: Backend, hosts: Sequence[str], lost: frozenset[str]) -> World:
    """The world now."""
    with backend.db.reader() as conn:

        def rows(table: sa.Table, *where: sa.ColumnElement[bool]) -> list[Any]:
            return list(conn.execute(sa.select(table).where(*where).order_by(table.c.id)))

        return World(
            servers=rows(servers, servers.c.deleted == sa.false()),
            volumes=rows(volumes),
            ports=rows(ports, ports.c.device_owner.not_like("network:%")),
            groups=rows(server_groups),
            networks=rows(networks, networks.c.external == sa.false()),
            images=rows(images),
            moves=rows(migrations),
            hosts=tuple(hosts),
            lost=lost,
        )
