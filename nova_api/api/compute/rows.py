"""Many routes with one answer, as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from nova_api.api.declare import action, operation

_F = TypeVar("_F", bound=Callable[..., Any])


class Row(NamedTuple):
    """Methods (or actions) of one path, separated by spaces, and their window."""

    methods: str
    path: str
    actions: str = ""
    since: str | None = None
    until: str | None = None


def declare(rows: Iterable[Row]) -> Callable[[_F], _F]:
    """Declares the decorated controller method for every one of ``rows``."""

    def decorate(function: _F) -> _F:
        for row in rows:
            window = {"since": row.since, "until": row.until}
            for name in row.actions.split():
                function = action(name, row.path, **window)(function)
            for method in () if row.actions else row.methods.split():
                function = operation(method, row.path, **window)(function)
        return function

    return decorate
