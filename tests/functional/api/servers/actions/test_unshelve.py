"""unshelve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import aggregates
from nova_api.compute.manager.service import ComputeService
from nova_api.context import admin
from nova_api.db.schema.compute import compute_nodes
from tests.functional.api.servers import given, rows
from tests.functional.api.servers.actions.guests_of import claimed, guests_on, put_guest
from tests.functional.api.servers.actions.images_of import images_of
from tests.functional.api.servers.actions.settled import events, fault, settled
from tests.functional.api.servers.conftest import HOST
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

SHELVE, OFFLOAD, UNSHELVE = {"shelve": None}, {"shelveOffload": None}, {"unshelve": None}
OFFLOADED = {"vm_state": "shelved_offloaded", "host": None, "node": None, "power_state": 4}


def act_on(api: Api, uuid: str, body: dict[str, Any], version: str | None = None) -> Any:
    return api.post(f"/servers/{uuid}/action", body, version=version)


# --- and back ----------------------------------------------------------------------


def test_back_on_a_host(api: Api, offloaded: str, stocked: Backend) -> None:
    (image,) = images_of(stocked, offloaded)
    reply = act_on(api, offloaded, UNSHELVE)
    assert (reply.status_int, reply.body) == (202, b"")
    row = settled(stocked, offloaded)
    assert (row.vm_state, row.power_state, row.host, row.node) == ("active", 1, HOST, HOST)
    assert (row.shelved_at, row.shelved_image_id) == (None, None)
    assert guests_on(stocked, HOST) == {offloaded}
    assert claimed(stocked) == (1, [1])
    with pytest.raises(exception.ImageNotFound):
        stocked.images.show(admin(), image.id)
    assert events(stocked, offloaded)[2:] == [
        ("unshelve", "get_image_info", "Success"),
        ("unshelve", "schedule_instances", "Success"),
        ("unshelve", "compute_unshelve_instance", "Success"),
    ]


def test_back_where_it_is(api: Api, shelved: str, stocked: Backend) -> None:
    assert act_on(api, shelved, UNSHELVE).status_int == 202
    row = settled(stocked, shelved)
    assert (row.vm_state, row.power_state, row.host) == ("active", 1, HOST)
    assert images_of(stocked, shelved) == []
    assert claimed(stocked) == (1, [1])
    assert events(stocked, shelved)[2:] == [("unshelve", "compute_start_instance", "Success")]


def test_without_a_host_it_stays_shelved(api: Api, offloaded: str, stocked: Backend) -> None:
    with stocked.db.writer() as conn:
        conn.execute(sa.update(compute_nodes).values(vcpus=0))
    assert act_on(api, offloaded, UNSHELVE).status_int == 202
    row = settled(stocked, offloaded)
    assert OFFLOADED.items() <= row._mapping.items()
    assert "No valid host" in fault(stocked, offloaded).message
    assert len(images_of(stocked, offloaded)) == 1
    assert events(stocked, offloaded)[2:] == [
        ("unshelve", "get_image_info", "Success"),
        ("unshelve", "schedule_instances", "Error"),
    ]


def test_what_cannot_be_made_stays_shelved(
    api: Api, offloaded: str, stocked: Backend, conf: cfg.ConfigOpts
) -> None:
    conf.set_override("fail_names", "^vm$", group="fake")
    assert act_on(api, offloaded, UNSHELVE).status_int == 202
    row = settled(stocked, offloaded)
    assert OFFLOADED.items() <= row._mapping.items()
    assert claimed(stocked) == (0, [0])
    assert guests_on(stocked, HOST) == set()
    assert events(stocked, offloaded)[-1] == ("unshelve", "compute_unshelve_instance", "Error")
    conf.clear_override("fail_names", group="fake")
    assert act_on(api, offloaded, UNSHELVE).status_int == 202
    assert settled(stocked, offloaded).vm_state == "active"


def test_without_its_image_it_is_an_error(api: Api, offloaded: str, stocked: Backend) -> None:
    (image,) = images_of(stocked, offloaded)
    stocked.images.delete(admin(), image.id)
    assert act_on(api, offloaded, UNSHELVE).status_int == 202
    row = settled(stocked, offloaded)
    assert (row.vm_state, row.host) == ("error", None)
    assert image.id in fault(stocked, offloaded).message
    assert events(stocked, offloaded)[-1] == ("unshelve", "get_image_info", "Error")
    assert api.delete(f"/servers/{offloaded}").status_int == 204
    until(lambda: rows.server(stocked, offloaded).deleted)
    assert stocked.networks.nics_of([offloaded]) == {}


@pytest.mark.parametrize("task_state", ["unshelving", "spawning"])
@pytest.mark.parametrize("power_state", [None, 1])
@pytest.mark.parametrize("image_left", [True, False])
def test_unshelving_after_kill_9(
    act: Any,
    stocked: Backend,
    serve: Callable[..., None],
    task_state: str,
    power_state: int | None,
    image_left: bool,
) -> None:
    reply = act(UNSHELVE, vm_state="shelved_offloaded", task_state=None)
    image = stocked.images.create(admin(), {"name": "s", "disk_format": "raw", "container_format": "bare"}).id
    stocked.images.upload(admin(), image, [b"disk"])
    if not image_left:
        stocked.images.delete(admin(), image)
    rows.change(stocked, reply.uuid, task_state=task_state, shelved_image_id=image)
    put_guest(stocked, "h1", reply.uuid, power_state)
    serve(ComputeService(stocked, "h1"))
    row = settled(stocked, reply.uuid)
    assert (row.vm_state, row.shelved_image_id) == ("active", None)
    assert guests_on(stocked, "h1") == {reply.uuid}
    with pytest.raises(exception.ImageNotFound):
        stocked.images.show(admin(), image)


# --- where to ------------------------------------------------------------------------


def to(**place: Any) -> dict[str, Any]:
    return {"unshelve": place}


def test_to_a_zone(api: Api, offloaded: str, stocked: Backend) -> None:
    refused = act_on(api, offloaded, to(availability_zone="moon"), "2.77")
    assert refused.status_int == 400
    assert act_on(api, offloaded, to(availability_zone="nova"), "2.77").status_int == 202
    row = settled(stocked, offloaded)
    assert (row.vm_state, row.availability_zone) == ("active", "nova")


def test_to_a_host(api: Api, offloaded: str, stocked: Backend) -> None:
    refused = act_on(api, offloaded, to(host=HOST), "2.91")
    assert refused.status_int == 403
    assert "os_compute_api:os-shelve:unshelve_to_host" in refused.json["forbidden"]["message"]
    assert act_on(api.admin, offloaded, to(host="nowhere"), "2.91").status_int == 400
    assert act_on(api.admin, offloaded, to(host=HOST), "2.91").status_int == 202
    assert settled(stocked, offloaded).host == HOST


def test_a_host_outside_the_zone(api: Api, offloaded: str, stocked: Backend) -> None:
    given.service(stocked, "lonely")
    aggregates.add_host(stocked, aggregates.create(stocked, "moon", "moon").id, "lonely")
    for place in ({"host": HOST, "availability_zone": "moon"}, {"host": HOST}):
        rows.change(stocked, offloaded, availability_zone="moon")
        assert act_on(api.admin, offloaded, to(**place), "2.91").status_int == 409
    unpinned = to(host=HOST, availability_zone=None)
    assert act_on(api.admin, offloaded, unpinned, "2.91").status_int == 202
    row = settled(stocked, offloaded)
    assert (row.vm_state, row.host, row.availability_zone) == ("active", HOST, None)


def test_unpinned(api: Api, offloaded: str, stocked: Backend) -> None:
    rows.change(stocked, offloaded, availability_zone="nova")
    assert act_on(api, offloaded, to(availability_zone=None), "2.91").status_int == 202
    row = settled(stocked, offloaded)
    assert (row.vm_state, row.availability_zone) == ("active", None)


@pytest.mark.parametrize(
    "place", [{"availability_zone": "nova"}, {"host": HOST}, {"availability_zone": None}]
)
def test_no_choice_while_it_is_on_a_host(api: Api, shelved: str, stocked: Backend, place: Any) -> None:
    reply = act_on(api.admin, shelved, to(**place), "2.91")
    assert reply.status_int == 409
    assert "vm_state shelved" in reply.json["conflictingRequest"]["message"]


@pytest.mark.parametrize(
    ("body", "version", "status"),
    [
        (to(any="thing"), "2.76", 202),
        ({"unshelve": "anything"}, "2.76", 202),
        (UNSHELVE, "2.77", 202),
        (to(), "2.77", 400),
        (to(), "2.90", 400),
        (to(), "2.91", 202),
        (to(host="x"), "2.90", 400),
        (to(availability_zone=None), "2.90", 400),
        (to(availability_zone=1), "2.91", 400),
        (to(host=None), "2.91", 400),
        (to(more=1), "2.91", 400),
    ],
)
def test_windows(act: Any, body: Any, version: str, status: int) -> None:
    assert act(body, version=version, **OFFLOADED).status_int == status
