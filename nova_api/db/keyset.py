"""Paging by keyset: the rows after a marker, in any mix of directions, without OFFSET."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

#: (expression that is never null, whether it descends, the marker's value)
SortKey = tuple[sa.ColumnElement[Any], bool, Any]


def order_by(keys: Sequence[SortKey]) -> list[sa.ColumnElement[Any]]:
    """The ORDER BY of ``keys``."""
    return [column.desc() if descending else column.asc() for column, descending, _ in keys]


def after(keys: Sequence[SortKey]) -> sa.ColumnElement[bool]:
    """True for rows after the marker: a greater first key, or an equal first and a greater second, …"""
    alternatives = []
    for position, (column, descending, value) in enumerate(keys):
        equal = [earlier == marker for earlier, _, marker in keys[:position]]
        alternatives.append(sa.and_(*equal, column < value if descending else column > value))
    column, descending, value = keys[0]
    # Said again without OR, because that is what an index can start from.
    return sa.and_(column <= value if descending else column >= value, sa.or_(*alternatives))
