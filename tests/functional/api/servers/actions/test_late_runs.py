"""A host takes a work item up again while an earlier run of it, believed dead, is still at work.

So it is where a service is started beside one that has not ended yet, or where
leases ran out.  What the successor has made stays, whatever the late run finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.compute.drivers.fake import FakeDriver
from tests.functional.api.servers.actions.late import Late
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.actions.settled import events

Hold = Callable[[Any, str], Late]

pytestmark = pytest.mark.databases


@pytest.fixture(autouse=True)
def _leases(stocked: Backend) -> None:
    """Nobody renews a lease while a test runs: it is the successor that gets the item."""
    stocked.conf.set_override("lease", 600, group="work")


@pytest.fixture
def hold(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hold]:
    """Holds the first call of a method of a class, or of a part of the backend."""
    made: list[Late] = []

    def hold_first(owner: Any, name: str) -> Late:
        made.append(Late(cloud, monkeypatch, owner, name))
        return made[-1]

    yield hold_first
    for late in made:
        late.let_go()


def test_a_resize_leaves_the_guest_where_it_went(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    late = hold(FakeDriver, "migrate_disk_and_power_off")
    cloud.act(uuid, "resize", {"flavorRef": "2"})
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "resized"
    late.goes_on("host1")
    assert cloud.guests(uuid) == {"host1": ["aside"], "host2": ["1"]}
    assert {result for _, _, result in events(cloud.backend, uuid)} == {"Success"}
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host) == ("resized", "host2")
    cloud.act(uuid, "confirmResize", status=204)
    cloud.settled(uuid)
    assert cloud.guests(uuid) == {"host2": ["1"]}


def test_an_evacuation_leaves_the_guest_that_was_made(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    late = hold(FakeDriver, "spawn")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    late.succeeded("host2")
    assert cloud.settled(uuid).host == "host2"
    late.goes_on("host2")
    assert cloud.guests(uuid)["host2"] == ["1"]
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host) == ("active", "host2")
    assert {result for _, _, result in events(cloud.backend, uuid)} == {"Success"}
