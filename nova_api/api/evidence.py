"""Which route real clients and the tests were seen to use, and at which microversions.

A file of evidence is JSON: ``{client: {route: [microversion, …]}}``.  A route is
``GET /servers/{id}``, ``POST /servers/{id}/action os-start`` or an action's name alone; a path
may also have values in the places of its names.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from nova_api.api.declare import LEGACY, Version, Window
from nova_api.api.declare import version as versions
from nova_api.api.inventory import Entry

#: Versions that the legacy API is recorded under.
_LEGACY = ("2.0", "v2", "")


class Evidence(NamedTuple):
    """``seen`` is {client: {entry: versions}}; ``strange`` are (client, route) that no entry is."""

    seen: Mapping[str, Mapping[Entry, list[Version]]]
    strange: list[tuple[str, str]]


def read(path: pathlib.Path, entries: Iterable[Entry]) -> Evidence:
    """The evidence in the file at ``path`` about ``entries``.

    Raises ValueError with one sentence for a file that is none.
    """
    try:
        found = orjson.loads(path.read_bytes())
        told = {
            (client, route): [_version(text) for text in texts]
            for client, routes in found.items()
            for route, texts in routes.items()
        }
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{path} is no file of evidence: {error}") from error
    return _sorted_out(list(found), told, list(entries))


def _sorted_out(
    clients: list[str], told: Mapping[tuple[str, str], list[Version]], entries: list[Entry]
) -> Evidence:
    seen: dict[str, dict[Entry, list[Version]]] = {client: {} for client in clients}
    strange = []
    for (client, route), seen_at in told.items():
        fitting = _best([entry for entry in entries if _is(entry, route)])
        if not fitting:
            strange.append((client, route))
        for entry in fitting:
            known = [version for version in seen_at if _window(entry).contains(version)]
            if known:
                seen[client][entry] = sorted({*seen[client].get(entry, ()), *known})
    return Evidence(seen, strange)


def _version(text: str) -> Version:
    return LEGACY if text in _LEGACY else versions.parse(text)


def _window(entry: Entry) -> Window:
    first, _, last = entry.versions.partition("–")
    return Window(first, last or None)


def _is(entry: Entry, route: str) -> bool:
    """Whether ``route`` names ``entry``, in whatever window."""
    if " " not in route:
        return entry.action == route
    method, path, *action = route.split(" ")
    names = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(entry.path))
    return (method, action) == (entry.method, [entry.action] if entry.action else []) and bool(
        re.fullmatch(names, path)
    )


def _best(fitting: list[Entry]) -> list[Entry]:
    """Those with the fewest names in their paths: /flavors/detail is no flavor."""
    least = min((entry.path.count("{") for entry in fitting), default=0)
    return [entry for entry in fitting if entry.path.count("{") == least]
