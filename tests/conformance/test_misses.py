"""What did not hold is listed by what its recorded world had, with the first difference."""

from __future__ import annotations

from tests.conformance import misses

FIXTURE = {"kind": "fixture", "phase": "setup", "cls": "nova.tests.fixtures.libvirt.LibvirtFixture"}


def recorded(*events, reproducible=False, **attrs):
    return {"attrs": attrs, "events": list(events), "http_reproducible": reproducible}


def test_reasons() -> None:
    stub = {"kind": "stub_out", "target": "nova.x"}
    for test, reason in (
        (recorded(FIXTURE, reproducible=True), "reproducible"),
        (recorded(FIXTURE), "libvirt"),
        (recorded(NUMBER_OF_CELLS=2), "several cells"),
        (recorded({**stub, "phase": "test"}), "within the test"),
        (recorded({**stub, "phase": "setup"}), "by its class"),
        (recorded(), "another world"),
    ):
        assert reason in misses.reason_of(test)


def test_the_page() -> None:
    same = {"kind": "message", "at": ".badRequest.message", "recorded": "a", "live": "b"}
    differs = {"kind": "value", "at": ".server.status", "recorded": "ACTIVE", "live": "ERROR"}
    path = "/v2.1/6f70656e737461636b20342065766572/servers/70a599e0-31e7-49b7-b260-868f441e862b"
    exchange = {"seq": 4, "method": "GET", "path": path, "ok": False, "diffs": [same, differs]}
    page = list(
        misses.lines(
            [
                {"test": "nova.Class.one", "pass": False, "exchanges": [{"ok": True}, exchange]},
                {"test": "nova.Class.two", "pass": True, "exchanges": []},
                {"test": "nova.Class.three", "pass": False, "exchanges": [], "error": "reset: 500"},
            ],
            {
                "nova.Class.one": recorded(FIXTURE),
                "nova.Class.two": recorded(FIXTURE),
                "nova.Class.three": recorded(reproducible=True),
            },
        )
    )
    assert "| a libvirt host | 1 | 2 |" in page
    assert "* Class.three: reset: 500" in page
    assert (
        "* Class.one: #4 GET /v2.1/{id}/servers/{id}: "
        'value .server.status: recorded "ACTIVE", here "ERROR"' in page
    )
