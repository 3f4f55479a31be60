"""Which operations of the API each client was seen to use successfully, and at which microversions.

    python -m tests.clients.evidence RECORDED.jsonl docs/coverage-evidence.json

reads replies as ``tests/conformance/recorder.py`` records them with the client's name, and
writes ``{client: {"METHOD /path[ action]": [versions]}}``; ``v2`` is a legacy endpoint.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nova_api.api import inventory

_ENDPOINT = re.compile(r"(?:/compute)?/(v1\.1|v2\.1|v2)(?:/[0-9a-f]{32}|/[0-9a-f-]{36})?(/.*)")
_LEGACY = "v2"
Evidence = dict[str, dict[str, list[str]]]


class Operations:
    """The declared operations, found by what a request said."""

    def __init__(self, entries: Iterable[inventory.Entry]) -> None:
        self._routes: list[tuple[re.Pattern[str], str, str]] = []
        self._actions: set[tuple[str, str]] = set()
        for path, method in dict.fromkeys((entry.path, entry.method) for entry in entries):
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))
            self._routes.append((re.compile(pattern), method, path))
        # A literal segment wins over a placeholder: /flavors/detail is no flavor.
        self._routes.sort(key=lambda route: route[2].count("{"))
        self._actions = {(entry.path, entry.action) for entry in entries if entry.action}

    def name(self, method: str, path: str, body: str | None) -> str | None:
        """``POST /servers/{id}/action reboot``; None for what is not declared."""
        for pattern, verb, template in self._routes:
            if verb == method and pattern.fullmatch(path):
                action = _action(body)
                return f"{method} {template}" + (f" {action}" if (template, action) in self._actions else "")
        return None


def _action(body: str | None) -> str:
    try:
        value = json.loads(body or "")
    except ValueError:
        return ""
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else ""


def gather(exchanges: Iterable[Mapping[str, Any]], operations: Operations) -> Evidence:
    """What the recorded replies prove; refusals prove nothing."""
    seen: dict[str, dict[str, set[str]]] = {}
    for exchange in exchanges:
        target = _ENDPOINT.fullmatch(exchange["path"])
        client = exchange.get("client")
        if not client or target is None or not 200 <= exchange.get("status", 0) < 300:
            continue
        name = operations.name(exchange["method"], target[2], exchange.get("request_body"))
        if name is not None:
            seen.setdefault(client, {}).setdefault(name, set()).add(_version(target[1], exchange["headers"]))
    return {
        client: {name: sorted(found[name], key=_number) for name in sorted(found)}
        for client, found in sorted(seen.items())
    }


def _version(endpoint: str, headers: Mapping[str, str]) -> str:
    return _LEGACY if endpoint != "v2.1" else headers.get("x-openstack-nova-api-version", "2.1")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _lines(path: pathlib.Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _compact(evidence: Evidence) -> str:
    """JSON with one line for each operation, so that a change is a short diff."""
    clients = []
    for client, found in evidence.items():
        rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(found[name])}" for name in found)
        clients.append(f"  {json.dumps(client)}: {{\n{rows}\n  }}")
    return "{\n" + ",\n".join(clients) + "\n}\n"


def main(recorded: str, written: str) -> None:
    found = gather(_lines(pathlib.Path(recorded)), Operations(inventory.entries()))
    pathlib.Path(written).write_text(_compact(found), encoding="utf-8")
    for client, operations in found.items():
        print(f"{client}: {len(operations)} operations")


if __name__ == "__main__":
    main(*sys.argv[1:])
