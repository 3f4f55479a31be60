"""The audit of what servers used: for which period, and how far the hosts are with it.

No compute service of this cloud runs an audit (it would tell others of each
server by notification, and there are none): every host is one that has not run it.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime
from typing import TYPE_CHECKING

from nova_api import exception
from nova_api.compute.services import COMPUTE
from nova_api.db import services
from nova_api.db.schema.base import utcnow

if TYPE_CHECKING:
    from nova_api.backend import Backend


@dataclasses.dataclass(frozen=True)
class Audit:
    """The audit of one period (naive UTC), which no host has run."""

    begin: datetime.datetime
    end: datetime.datetime
    hosts: list[str]


def audit(backend: Backend, before: datetime.datetime | None = None) -> Audit:
    """The audit of the last period that was complete ``before`` (None: now).

    Raises Invalid where the calendar has no such period.
    """
    unit, _, offset = str(backend.conf.instance_usage_audit_period).partition("@")
    try:
        begin, end = last_period(unit, int(offset) if offset else None, before or utcnow())
    except (ValueError, OverflowError) as error:
        raise exception.Invalid(f"There is no complete {unit} before {before}.") from error
    with backend.db.reader() as conn:
        found = services.list_services(conn, COMPUTE)
    return Audit(begin, end, [service.host for service in found])


def last_period(
    unit: str, offset: int | None, before: datetime.datetime
) -> tuple[datetime.datetime, datetime.datetime]:
    """Begin and end of the last complete ``unit`` (hour, day, month, year) that ended before ``before``.

    Units begin ``offset`` late: minutes of an hour, hours of a day, a day of the
    month or a month of the year (both from 1; a day that a month lacks is its last).
    Raises ValueError or OverflowError where the calendar ends.
    """
    end = _begin(unit, offset, before)
    if end >= before:
        end = _begin(unit, offset, _earlier(unit, end))
    return _begin(unit, offset, _earlier(unit, end)), end


def _begin(unit: str, offset: int | None, within: datetime.datetime) -> datetime.datetime:
    """When the unit begins whose calendar hour, day, month or year ``within`` is in."""
    hour = within.replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        return hour.replace(minute=offset or 0)
    if unit == "day":
        return hour.replace(hour=offset or 0)
    midnight = hour.replace(hour=0)
    if unit == "month":
        _, last = calendar.monthrange(within.year, within.month)
        return midnight.replace(day=min(offset or 1, last))
    return midnight.replace(month=offset or 1, day=1)


def _earlier(unit: str, time: datetime.datetime) -> datetime.datetime:
    """A time in the calendar hour, day, month or year before that of ``time``."""
    if unit == "hour":
        return time - datetime.timedelta(hours=1)
    if unit == "day":
        return time - datetime.timedelta(days=1)
    first = time.replace(day=1) if unit == "month" else time.replace(month=1, day=1)
    return first - datetime.timedelta(days=1)
