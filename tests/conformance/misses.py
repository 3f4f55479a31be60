"""Which conversations did not hold, where each first differs, and what its world had that ours has not."""

from __future__ import annotations

import collections
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")
_LONGEST = 160

Recorded = Mapping[str, Any]


def _fixture(*names: str) -> Callable[[Recorded], bool]:
    def uses(test: Recorded) -> bool:
        used = {str(event.get("cls")).rpartition(".")[2] for event in test.get("events", ())}
        return bool(used & set(names))

    return uses


def _cells(test: Recorded) -> bool:
    named = {event.get("cell") for event in test.get("events", ())} - {None, "cell1"}
    return bool(named) or (test["attrs"].get("NUMBER_OF_CELLS") or 1) > 1


def _driver(test: Recorded) -> bool:
    drivers = (event.get("values", {}).get("compute_driver") for event in test.get("events", ()))
    return any("Encryption" in str(driver) or "Failing" in str(driver) for driver in drivers)


def _replaced(*phases: str) -> Callable[[Recorded], bool]:
    def happens(test: Recorded) -> bool:
        return any(
            event.get("kind") in ("stub_out", "mock") and event.get("phase") in phases
            for event in test.get("events", ())
        )

    return happens


#: Why a conversation may differ, the first that is true of its recording.
REASONS: tuple[tuple[str, Callable[[Recorded], bool]], ...] = (
    ("reproducible over HTTP: ours to make right", lambda test: bool(test.get("http_reproducible"))),
    ("a libvirt host", _fixture("LibvirtFixture")),
    ("accelerators (cyborg)", _fixture("CyborgFixture")),
    ("routed networks, or ports that ask for bandwidth", _fixture("NeutronRoutedNetworksFixture")),
    ("limits kept in Keystone", _fixture("UnifiedLimitsFixture")),
    ("a cell that is down", _fixture("DownCellFixture")),
    ("several cells", _cells),
    ("a driver made for the test", _driver),
    ("functions of the reference replaced within the test", _replaced("test")),
    ("functions of the reference replaced by its class", _replaced("setup")),
    ("objects of the reference changed within the test", lambda test: bool(test.get("interferes_hard"))),
    ("another world than the two that are described", lambda test: True),
)


def reason_of(test: Recorded) -> str:
    """The first of ``REASONS`` that is true of a recorded test."""
    return next(reason for reason, holds in REASONS if holds(test))


def first_difference(result: Mapping[str, Any]) -> str:
    """Request and difference of the first exchange that was not as recorded, on one line."""
    if result.get("error"):
        return _short(str(result["error"]))
    exchange = next((one for one in result.get("exchanges", ()) if not one.get("ok")), None)
    if exchange is None:
        return "no exchange was compared"
    asked = f"{exchange['method']} {_IDS.sub('{id}', exchange['path'])}"
    counted = [one for one in exchange["diffs"] if one["kind"] not in ("message", "order")]
    if not counted:
        return f"#{exchange['seq']} {asked}"
    one = counted[0]
    was, now = (_short(json.dumps(one[key], default=str)) for key in ("recorded", "live"))
    return f"#{exchange['seq']} {asked}: {one['kind']} {one['at']}: recorded {was}, here {now}"


def lines(results: Iterable[Mapping[str, Any]], recorded: Mapping[str, Recorded]) -> Iterator[str]:
    """A page in Markdown: counts by reason, then every conversation that did not hold.

    ``results`` are the tests of replay.py's reports, ``recorded`` the corpus by the tests' names.
    """
    of: dict[str, list[Mapping[str, Any]]] = collections.defaultdict(list)
    for result in results:
        of[reason_of(recorded[result["test"]])].append(result)
    yield "# Conversations that did not hold"
    yield ""
    yield "| the recorded world had | held | of |"
    yield "|---|---|---|"
    for reason, _ in REASONS:
        if of[reason]:
            held = sum(bool(result["pass"]) for result in of[reason])
            yield f"| {reason} | {held} | {len(of[reason])} |"
    for reason, _ in REASONS:
        missed = [result for result in of[reason] if not result["pass"]]
        if missed:
            yield from ("", f"## {reason} ({len(missed)})", "")
        for result in sorted(missed, key=lambda one: str(one["test"])):
            name = ".".join(result["test"].split(".")[-2:])
            yield f"* {name}: {first_difference(result)}"


def _short(text: str) -> str:
    text = " ".join(_IDS.sub("{id}", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
