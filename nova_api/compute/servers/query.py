"""Finding servers: one that the caller may see, or a page of them by filters."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import states
from nova_api.context import RequestContext
from nova_api.db import regex, server_queries, services
from nova_api.db.server_filters import Filters
from nova_api.db.server_queries import Server

#: What stands at the end of every order, so that no two servers are equal in it.
_TIE_BREAK = ("created_at", "id")


@dataclasses.dataclass(frozen=True)
class Page:
    """Which part of a list, in which order; ``sort`` is (key, whether it descends)."""

    limit: int
    marker: str | None = None
    sort: tuple[tuple[str, bool], ...] = ()

    @property
    def order(self) -> tuple[tuple[str, bool], ...]:
        """``sort`` without repetitions, the tie-break appended in the direction of the first key."""
        descends = self.sort[0][1] if self.sort else True
        keys: dict[str, bool] = {}
        for name, direction in (*self.sort, *((name, descends) for name in _TIE_BREAK)):
            keys.setdefault(name, direction)
        return tuple(keys.items())


def get(backend: Backend, context: RequestContext, uuid: str, *, deleted: bool = False) -> Server:
    """The server with ``uuid``, all columns, of the caller's project (of any, for administrators).

    Deleted servers are found only with ``deleted``.  Raises ServerNotFound.
    """
    with backend.db.reader() as conn:
        return _visible(context, uuid, server_queries.find(conn, uuid, deleted=deleted))


def shown(backend: Backend, context: RequestContext, uuid: str, parts: Collection[str]) -> Server:
    """The same with ``parts`` of it, for who reads nothing else: one statement, without a transaction."""
    with backend.db.statement() as conn:
        return _visible(context, uuid, server_queries.find(conn, uuid, parts=parts))


def _visible(context: RequestContext, uuid: str, server: Server | None) -> Server:
    if server is None or not (context.is_admin or server.project_id == context.project_id):
        raise exception.ServerNotFound(server_id=uuid)
    return server


def page(
    backend: Backend,
    context: RequestContext,
    filters: Filters,
    part: Page,
    *,
    all_projects: bool = False,
    columns: Collection[str] = server_queries.USUAL,
) -> Sequence[Server]:
    """A page of the caller's servers, or of everybody's.

    Raises Invalid for a marker that is no server of theirs (also a deleted one
    may be it), for a regular expression that cannot be used, and for changes
    that would end before they begin.
    """
    if filters.changes_since and filters.changes_before and filters.changes_since > filters.changes_before:
        raise exception.Invalid("The value of changes-since must be less than or equal to changes-before.")
    check_patterns(filters)
    if not all_projects:
        equal = {name: value for name, value in filters.equal.items() if name != "project_id"}
        if not context.project_id:
            equal["user_id"] = context.user_id or ""
        filters = dataclasses.replace(filters, equal=equal, project_id=context.project_id)
    filters = dataclasses.replace(filters, default_zone=backend.conf.default_availability_zone)
    if part.limit == 0 and part.marker is None:
        return []
    # The marker is a statement of its own, and looking through addresses takes many.
    single = part.marker is None and filters.ip is None and filters.ip6 is None
    with backend.db.statement() if single else backend.db.reader() as conn:
        try:
            return server_queries.page(
                conn, filters, sort=part.order, limit=part.limit, marker=part.marker, columns=columns
            )
        except exception.MarkerNotFound as error:
            raise exception.Invalid(str(error)) from error


def check_patterns(filters: Filters) -> None:
    """Raises Invalid for a regular expression that this service does not support."""
    address = {name: pattern for name in ("ip", "ip6") if (pattern := getattr(filters, name)) is not None}
    for name, pattern in {**filters.matching, **address}.items():
        try:
            regex.matcher(pattern)
        except ValueError as error:
            raise exception.Invalid(f"Invalid value for filter {name}: {error}.") from error


def states_of(statuses: Sequence[str]) -> tuple[tuple[str, tuple[str, ...] | None], ...]:
    """The (vm_state, task_states) alternatives that these statuses stand for; empty when none is known."""
    return tuple(pair for status in statuses for pair in states.states_of(status))


# --- related records --------------------------------------------------------


class HostStatuses:
    """UP, DOWN, MAINTENANCE or UNKNOWN of the hosts of servers (defaults.md §7), each looked at once."""

    def __init__(self, backend: Backend) -> None:
        self._down_time: int = backend.conf.service_down_time
        self._known: dict[str, str] = {}

    def of(self, server: Server) -> str:
        """That of ``server``, read with its host_service; empty without a host."""
        if not server.host or not server.host_service:
            return ""
        if server.host not in self._known:
            self._known[server.host] = _status(services.of_gathered(server.host_service), self._down_time)
        return self._known[server.host]


def _status(service: services.Service, down_time: int) -> str:
    if service.forced_down:
        return "DOWN"
    if service.disabled:
        return "MAINTENANCE"
    return "UP" if service.is_up(down_time) else "UNKNOWN"


def nic_parts(backend: Backend) -> frozenset[str]:
    """The parts that ``Server.shown_nics`` needs: none where another service would have to be asked."""
    return frozenset({"ports"}) if backend.networks.is_embedded else frozenset()


def add_parts(backend: Backend, servers: Collection[Server], parts: Collection[str]) -> None:
    """Reads ``parts`` of servers that are there already, as they are now."""
    with backend.db.reader() as conn:
        server_queries.add_parts(conn, servers, parts)
