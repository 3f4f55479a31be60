"""The two forms in which replies write a time (naive UTC in, text out).

Which field has which is part of the wire format: some clients refuse a ``Z``
where the API reference shows none, and the other way round.
"""

from __future__ import annotations

import datetime
from typing import overload


@overload
def seconds_z(time: datetime.datetime) -> str: ...
@overload
def seconds_z(time: None) -> None: ...
def seconds_z(time: datetime.datetime | None) -> str | None:
    """``2026-01-31T12:00:00Z``: servers, faults and images. None stays None."""
    return None if time is None else time.isoformat("T", "seconds") + "Z"


@overload
def micros(time: datetime.datetime) -> str: ...
@overload
def micros(time: None) -> None: ...
def micros(time: datetime.datetime | None) -> str | None:
    """``2026-01-31T12:00:00.000000``: everything else; always six digits, no zone. None stays None."""
    return None if time is None else time.isoformat("T", "microseconds")
