"""What projects have used: hours of servers, of their vCPUs, memory and disk, within a period.

A server counts from its launch until it is gone, whether it runs or not: a
stopped one keeps what was given to it.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from typing import TYPE_CHECKING, NamedTuple

from nova_api import exception
from nova_api.compute import states
from nova_api.db import usage as statements
from nova_api.db.schema.base import utcnow
from nova_api.db.usage import Span

if TYPE_CHECKING:
    from nova_api.backend import Backend

TERMINATED = "terminated"


class Period(NamedTuple):
    """From ``start`` to ``stop``, which is not after ``now``, the time of asking (all naive UTC)."""

    start: datetime.datetime
    stop: datetime.datetime
    now: datetime.datetime


@dataclasses.dataclass(frozen=True)
class ServerUsage:
    """One server within ``period``."""

    span: Span
    period: Period

    @property
    def hours(self) -> float:
        """Hours of the period in which it was there."""
        stop = min(self.span.terminated_at or self.period.stop, self.period.stop)
        seconds = (stop - max(self.span.launched_at, self.period.start)).total_seconds()
        return max(seconds, 0.0) / 3600

    @property
    def local_gb(self) -> int:
        return self.span.root_gb + self.span.ephemeral_gb

    @property
    def state(self) -> str:
        """Its vm_state; ``terminated`` when it is gone.

        The API has no word for one that may still be restored: its guest is stopped, so it says that.
        """
        if self.span.terminated_at is not None:
            return TERMINATED
        return states.STOPPED if self.span.vm_state == states.SOFT_DELETED else self.span.vm_state

    @property
    def uptime(self) -> int:
        """Seconds from its launch to its end, or to now; the period does not matter."""
        lived = (self.span.terminated_at or self.period.now) - self.span.launched_at
        return max(int(lived.total_seconds()), 0)


@dataclasses.dataclass(frozen=True)
class ProjectUsage:
    """The servers of one project (of one page) within ``period``, with their sums."""

    project_id: str
    period: Period
    servers: tuple[ServerUsage, ...]

    @property
    def hours(self) -> float:
        return sum(server.hours for server in self.servers)

    @property
    def vcpu_hours(self) -> float:
        return sum(server.hours * server.span.vcpus for server in self.servers)

    @property
    def memory_mb_hours(self) -> float:
        return sum(server.hours * server.span.memory_mb for server in self.servers)

    @property
    def local_gb_hours(self) -> float:
        return sum(server.hours * server.local_gb for server in self.servers)


def period(start: datetime.datetime | None, stop: datetime.datetime | None) -> Period:
    """From ``start`` to ``stop``, each "now" when it is None.

    Raises Invalid for a period, asked for by either, that ends no later than it begins.
    """
    now = utcnow()
    if (start is not None or stop is not None) and (start or now) >= (stop or now):
        raise exception.Invalid("Invalid start time. The start time cannot occur after the end time.")
    return Period(start or now, min(stop or now, now), now)


def page(
    backend: Backend, within: Period, limit: int, marker: str | None = None, project_id: str | None = None
) -> list[ProjectUsage]:
    """What at most ``limit`` servers after ``marker`` (a uuid) used, by project; optionally of one project.

    The sums are those of the page.  Raises MarkerInvalid.
    """
    with backend.db.reader() as conn:
        after = None
        if marker is not None:
            owner = statements.project_of(conn, marker)
            if owner is None or project_id not in (None, owner):
                raise exception.MarkerInvalid(marker=marker)
            after = (owner, marker)
        found = statements.spans(conn, within.start, within.stop, limit, after, project_id)
    return [
        ProjectUsage(owner, within, tuple(ServerUsage(span, within) for span in spans))
        for owner, spans in itertools.groupby(found, key=lambda span: span.project_id)
    ]
