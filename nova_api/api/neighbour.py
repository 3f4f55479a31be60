"""What the HTTP sides of the embedded neighbours share: a router without microversions, times, lists."""

from __future__ import annotations

import datetime
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.declare import Query
from nova_api.api.declare.types import STRING
from nova_api.api.request import Request
from nova_api.api.router import Router

#: Any keys, each any number of times: what a filter is, the controller decides.
ANY_QUERY = Query(patterns={"": STRING})


class NeighbourRouter(Router):
    """Serves the controllers of ``CONTROLLERS``; it has no options in the ini."""

    CONTROLLERS: ClassVar[tuple[type[Controller], ...]] = ()

    def __init__(self, backend: nova_backend.Backend) -> None:
        super().__init__(backend, self.CONTROLLERS)

    @classmethod
    def from_ini(cls, backend: nova_backend.Backend, **options: str) -> NeighbourRouter:
        if options:
            raise ValueError(f"unknown option {next(iter(options))!r}: {cls.__name__} has none")
        return cls(backend)

    def path_of(self, request: Request) -> str:
        """Clients ask for collections with and without a slash at the end."""
        return super().path_of(request).rstrip("/") or "/"


def service_url(request: Request) -> str:
    """Where this service stands, as the client (or its proxy) reached it; no slash at the end."""
    return str(request.application_url).rstrip("/")


def cloud_url(request: Request) -> str:
    """Where the services stand side by side: ``service_url`` without its last part."""
    return service_url(request).rpartition("/")[0]


def check_sees_quotas(request: Request, project: str) -> None:
    """Raises Forbidden: a project's quotas are shown to it and to administrators."""
    if project != request.context.project_id and not request.context.is_admin:
        raise exception.Forbidden("Only administrators see the quotas of other projects.")


def check_changes_quotas(request: Request) -> None:
    """Raises Forbidden for who is no administrator."""
    if not request.context.is_admin:
        raise exception.Forbidden("Only administrators list and change quotas.")


def seconds(moment: datetime.datetime | None) -> str | None:
    """``2026-01-31T12:00:00Z``."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def microseconds(moment: datetime.datetime) -> str:
    """``2026-01-31T12:00:00.000000Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def link_to_page(path: str, query: Iterable[tuple[str, str]], marker: str) -> str:
    """``path`` with the query of this page and another marker."""
    kept = [(key, value) for key, value in query if key != "marker"]
    return f"{path}?{urllib.parse.urlencode([*kept, ('marker', marker)])}"


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` without the keys that hold None."""
    return {key: value for key, value in values.items() if value is not None}
