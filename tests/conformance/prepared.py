"""A recorded test as it is replayed: what its world has to have, read off its requests."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote_plus

from tests.conformance import seeds

#: Actions that name a host.
_TO_HOST = ("evacuate", "os-migrateLive", "migrate")


def line(recorded: str) -> str:
    """The line of the corpus, with ``attrs["zone"]`` and ``attrs["hosts"]``, and its past brought to now."""
    test = json.loads(recorded)
    attrs = test["attrs"]
    zone = _zone(test)
    if zone is not None:
        attrs["zone"] = zone
    made_up = sorted(set(_made_up_hosts(test)))
    if made_up:
        attrs["hosts"] = made_up
    return _with_present_periods(json.dumps(test)) + "\n"


def hosts(lines: Iterable[str]) -> list[str]:
    """Every compute host that the tests start, in their set-up or later, or name."""
    found = {"compute"}
    for text in lines:
        test = json.loads(text)
        found.update(test["attrs"].get("hosts", ()))
        found.update(filter(None, map(seeds.host_of, test.get("events", ()))))
    return sorted(found)


def _bodies(test: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for exchange in test["exchanges"]:
        body = exchange["req"].get("body")
        if isinstance(body, dict):
            yield exchange.get("status", 0), body


def _zone(test: dict[str, Any]) -> str | None:
    """The zone that its servers ask for, of those that were stubbed.

    The recordings' API samples know a zone ``us-west`` that no host stands in. Here a zone is where
    hosts stand, so the world of such a test puts its host there.
    """
    stubbed = test["attrs"].get("availability_zones") or []
    for _, body in _bodies(test):
        server = body.get("server")
        zone = server.get("availability_zone") if isinstance(server, dict) else None
        if zone in stubbed:
            return str(zone)
    return None


def _made_up_hosts(test: dict[str, Any]) -> Iterator[str]:
    """Hosts that a request was allowed to name, and that nobody had started: a stub had found them."""
    started = set(map(seeds.host_of, test.get("events", ())))
    for status, body in _bodies(test):
        for action in _TO_HOST:
            asked = body.get(action)
            host = asked.get("host") if isinstance(asked, dict) else None
            if host and status < 300 and host not in started:
                yield host


def _with_present_periods(text: str) -> str:
    """``text`` with the periods of usage that it asks for from yesterday to tomorrow.

    While the servers were made the recorded clock stood still, at the start of the period; here it does not.
    """
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    for name, days in (("start", -1), ("end", 1)):
        moved = (now + datetime.timedelta(days=days)).isoformat(" ", "microseconds")
        for moment in set(re.findall(rf"os-simple-tenant-usage[^\"]*[?&]{name}=([^&\"]+)", text)):
            text = text.replace(moment, quote_plus(moved))
    return text
