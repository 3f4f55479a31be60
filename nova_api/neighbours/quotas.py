"""How much a project may have in the embedded network and volume services; without a limit set, anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.db import Database
from nova_api.db import neighbour_quotas as statements
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema import network, volume

UNLIMITED = -1
#: Runs of a change that met another administrator's first one of the same project.
_ATTEMPTS = 3


class Measured(NamedTuple):
    """What counts against a limit: the rows of tables, or what stands in a column of them."""

    tables: Sequence[sa.Table] = ()
    column: str | None = None


class Quotas:
    """The limits of one service.

    ``resources`` are the names that its API has, in its order.
    """

    def __init__(self, service: str, resources: Mapping[str, Measured]) -> None:
        self.service = service
        self.resources = resources

    # --- what is set --------------------------------------------------------------

    def defaults(self) -> dict[str, int]:
        """What a project has for which nothing is set."""
        return dict.fromkeys(self.resources, UNLIMITED)

    def limits(self, db: Database, project_id: str) -> dict[str, int]:
        """The project's limit of every resource; -1 is none."""
        with db.reader() as conn:
            return self.defaults() | statements.limits_of(conn, self.service, project_id)

    def all_limits(self, db: Database) -> dict[str, dict[str, int]]:
        """Project → its limits, of those for which any are set."""
        with db.reader() as conn:
            found = statements.limits_of_all(conn, self.service)
        return {project_id: self.defaults() | limits for project_id, limits in found.items()}

    def set(
        self, db: Database, project_id: str, limits: Mapping[str, int], *, checked: bool = False
    ) -> dict[str, int]:
        """Sets limits, others stay; ``checked`` raises QuotaBelowUse for less than the project has."""

        def attempt() -> None:
            with db.writer() as conn:
                room = self.room(conn, project_id)
                if checked:
                    room.check_covers(limits)
                statements.set_limits(conn, self.service, project_id, limits)

        for left in reversed(range(_ATTEMPTS)):
            try:
                db.retrying(attempt)
                break
            except DUPLICATE_ERRORS:
                if not left:
                    raise
        return self.limits(db, project_id)

    def forget(self, db: Database, project_id: str) -> bool:
        """Makes everything unlimited again; whether anything was limited."""

        def attempt() -> bool:
            with db.writer() as conn:
                return statements.forget(conn, self.service, project_id)

        return db.retrying(attempt)

    # --- what is used -------------------------------------------------------------

    def used(self, conn: Connection, project_id: str, names: Iterable[str]) -> dict[str, int]:
        """What the project has of each of ``names``."""
        sums: dict[str, sa.ColumnElement[int]] = {}
        for name in names:
            measured = self.resources[name]
            amounts = [_amount(table, measured.column, project_id) for table in measured.tables]
            if amounts:
                sums[name] = sum(amounts[1:], start=amounts[0])
        found = conn.execute(sa.select(*sums.values())).one() if sums else ()
        return {name: int(value) for name, value in zip(sums, found, strict=True)}

    def used_of(self, db: Database, project_id: str) -> dict[str, int]:
        """What the project has of each resource."""
        with db.reader() as conn:
            return dict.fromkeys(self.resources, 0) | self.used(conn, project_id, self.resources)

    def free(self, conn: Connection, project_id: str, name: str) -> int | None:
        """How much of one resource the project may have besides what it has; None for any amount.

        Nothing is held: whoever takes it asks ``room``.
        """
        limit = statements.limits_of(conn, self.service, project_id).get(name, UNLIMITED)
        if limit == UNLIMITED:
            return None
        return max(limit - self.used(conn, project_id, [name])[name], 0)

    def room(self, conn: Connection, project_id: str) -> Room:
        """What the project may still have; others that ask for it wait until this transaction ends.

        It has to be the first statement of the transaction: MySQL counts as of
        the first one that reads without a lock, and whoever held the limits
        before may have made something since.  Where no limit is set, nobody waits.
        """
        return Room(self, conn, project_id, statements.limits_of(conn, self.service, project_id, lock=True))


class Room(NamedTuple):
    """The limits of a project, held by a transaction."""

    quotas: Quotas
    conn: Connection
    project_id: str
    limits: Mapping[str, int]

    def take(self, **more: int) -> None:
        """Raises OverQuota unless the project may have ``more`` (resource=amount) than it has."""
        limited = [name for name in more if self.limits.get(name, UNLIMITED) != UNLIMITED]
        if not limited:
            return
        used = self.quotas.used(self.conn, self.project_id, limited)
        over = [name for name in limited if used.get(name, 0) + more[name] > self.limits[name]]
        if over:
            raise exception.OverQuota(resources=", ".join(over))

    def check_covers(self, limits: Mapping[str, int]) -> None:
        """Raises QuotaBelowUse unless the project has no more than these limits."""
        limited = [name for name, limit in limits.items() if limit != UNLIMITED]
        used = self.quotas.used(self.conn, self.project_id, limited)
        below = [name for name in limited if used.get(name, 0) > limits[name]]
        if below:
            raise exception.QuotaBelowUse(resources=", ".join(below))


def _amount(table: sa.Table, column: str | None, project_id: str) -> sa.ColumnElement[int]:
    what = sa.func.count() if column is None else sa.func.coalesce(sa.func.sum(table.c[column]), 0)
    return sa.select(what).where(table.c.project_id == project_id).scalar_subquery()


_NONE = Measured()  # nobody can make one here

NETWORK = Quotas(
    "network",
    {
        "network": Measured([network.networks]),
        "subnet": Measured([network.subnets]),
        "subnetpool": _NONE,
        "port": Measured([network.ports]),
        "router": Measured([network.routers]),
        "floatingip": Measured([network.floating_ips]),
        "rbac_policy": _NONE,
        "security_group": Measured([network.security_groups]),
        "security_group_rule": Measured([network.security_group_rules]),
    },
)

#: Snapshots use gigabytes like volumes do; ``per_volume_gigabytes`` is of each volume, so nothing adds up.
VOLUME = Quotas(
    "volume",
    {
        "volumes": Measured([volume.volumes]),
        "snapshots": Measured([volume.volume_snapshots]),
        "gigabytes": Measured([volume.volumes, volume.volume_snapshots], "size"),
        "per_volume_gigabytes": _NONE,
        "backups": _NONE,
        "backup_gigabytes": _NONE,
        "groups": _NONE,
    },
)
