"""Ids in URLs: of services and hypervisors, numbers at first and UUIDs since 2.53; of aggregates, numbers."""

from __future__ import annotations

from nova_api import exception
from nova_api.api.declare import Feature, formats, types

#: Services and hypervisors are named by UUID.
IDS_ARE_UUIDS = Feature(since="2.53")

#: Digits of the largest row id; Python refuses to read numbers of thousands of digits.
_LONGEST = len(str(types.MAX_INT))


def row_id(given: str) -> int | None:
    """The number that ``given`` is; None where it is none, or none that a row could have."""
    if not (given.isascii() and given.isdigit() and len(given) <= _LONGEST):
        return None
    return int(given)


def checked_uuid(given: str, what: str) -> str:
    """``given`` as it is; raises Invalid, quoting it, where it is no UUID."""
    if not formats.is_uuid(given):
        raise exception.Invalid(f"Invalid uuid {given!r}: since microversion 2.53 a {what} has a UUID.")
    return given
