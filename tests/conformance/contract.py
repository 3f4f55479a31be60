"""The extracted surface of the API: which operation a request meant, what may come back.

The file's format (references, windows, corrections, removed rows) is described
next to it in ``contract.md``.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

Version = tuple[int, int]
#: What the legacy endpoints answer with: windows that contain 2.0, else those of 2.1.
LEGACY: Version = (2, 0)
OLDEST: Version = (2, 1)

#: Answers that any operation may give besides the errors that its row lists; 503 is a part that does not
#: answer: the database, a host that is asked, another service.
ALWAYS_POSSIBLE = frozenset({400, 401, 403, 404, 405, 406, 410, 413, 415, 429, 500, 501, 503})


def parse(text: str) -> Version:
    """``"2.47"`` as (2, 47)."""
    major, minor = text.split(".")
    return int(major), int(minor)


def covers(window: dict[str, Any], version: Version) -> bool:
    """Whether ``version`` lies in a window {min, max}; null is open."""
    low, high = window.get("min"), window.get("max")
    return (low is None or parse(low) <= version) and (high is None or version <= parse(high))


def expand(value: Any, defs: dict[str, Any]) -> Any:
    """The value with every reference {"$": name} replaced; equal references stay one object."""
    seen: dict[str, Any] = {}

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if set(node) == {"$"} and isinstance(node["$"], str):
                name = node["$"]
                if name not in seen:
                    seen[name] = walk(defs[name])
                return seen[name]
            return {key: walk(inner) for key, inner in node.items()}
        return [walk(inner) for inner in node] if isinstance(node, list) else node

    return walk(value)


@dataclasses.dataclass(frozen=True)
class Operation:
    """One row, or one action of an action row. ``name`` is what reports call it."""

    name: str
    resource: str
    method: str
    path: str
    action: str | None
    row: dict[str, Any]
    min: str | None
    max: str | None

    @property
    def removed(self) -> bool:
        """Gone for good: answers 410 at every version."""
        return bool(self.row.get("removed"))

    def exists(self, version: Version) -> bool:
        """Whether the operation is there at ``version``; the legacy endpoints have what 2.1 has."""
        return covers({"min": self.min, "max": self.max}, max(version, OLDEST))

    def success(self, version: Version) -> set[int]:
        return {entry["code"] for entry in self._windows("success", version)}

    def errors(self, version: Version) -> set[int]:
        listed = {code for entry in self._windows("errors", version) for code in entry["codes"]}
        return listed | ALWAYS_POSSIBLE

    def response_schema(self, version: Version) -> dict[str, Any] | bool | None:
        """The JSON Schema of a successful reply; None when nothing is said about this version."""
        windows = self._windows("response_body_schemas", version)
        return windows[0]["schema"] if windows else None

    def _windows(self, key: str, version: Version) -> list[dict[str, Any]]:
        windows = self.row.get(key) or []
        fitting = [window for window in windows if covers(window, version)]
        if not fitting and version == LEGACY:
            fitting = [window for window in windows if covers(window, OLDEST)]
        return fitting


class Contract:
    """Every operation, found by method, path below the version and (for actions) body."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.max_version = parse(document["max_microversion"])
        rows = expand(document["routes"], document["defs"])
        self._corrections = {
            (row["method"], row["path"]): row["success"]
            for row in document.get("corrections", [])
            if "success" in row
        }
        self._routes: list[tuple[re.Pattern[str], str, dict[str | None, Operation]]] = []
        for row in rows:
            if "method" in row:
                self._routes.append((_pattern(row["path"]), row["method"], self._operations(row)))
        # A literal segment wins over a placeholder: /flavors/detail is no flavor.
        self._routes.sort(key=lambda route: route[0].pattern.count("("))

    @classmethod
    def load(cls, path: pathlib.Path) -> Contract:
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def _operations(self, row: dict[str, Any]) -> dict[str | None, Operation]:
        method, path = row["method"], row["path"]
        entries = {**(row.get("actions") or {})} or {None: row}
        found = {}
        for action, entry in entries.items():
            corrected = self._corrections.get((method, path)) if action is None else None
            data = {**entry, "success": corrected} if corrected else entry
            found[action] = Operation(
                name=f"{method} {path}" + (f" {action}" if action else ""),
                resource=_resource(path),
                method=method,
                path=path,
                action=action,
                row=data,
                min=entry.get("min"),
                max=entry.get("max"),
            )
        return found

    def find(self, method: str, path: str, body: str | None) -> Operation | None:
        """The operation that a request meant, ``path`` being what follows version and project.

        None for an unknown path or method, and for an action body that names no known action.
        """
        for pattern, verb, operations in self._routes:
            if verb == method and pattern.fullmatch(path):
                return operations.get(_action(body)) if None not in operations else operations[None]
        return None

    def operations(self) -> Iterator[Operation]:
        """Every operation, removed ones too."""
        for _, _, operations in self._routes:
            yield from operations.values()

    def knows_path(self, path: str) -> bool:
        """Whether any method leads somewhere at ``path``."""
        return any(pattern.fullmatch(path) for pattern, _, _ in self._routes)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape(path)))


def _resource(path: str) -> str:
    """What totals are summed by: the collection, and for parts of a server the part."""
    segments = [segment for segment in path.split("/") if segment and not segment.startswith("{")]
    return (
        "/".join(segments[:2])
        if len(segments) > 1 and segments[0] == "servers"
        else (segments or ["versions"])[0]
    )


def _action(body: str | None) -> str | None:
    try:
        value = json.loads(body or "")
    except ValueError:
        return None
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None
