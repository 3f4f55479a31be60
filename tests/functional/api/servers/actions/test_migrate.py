"""migrate: to another host, of the scheduler's choice or an administrator's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.actions.settled import events
from tests.functional.client import Api


@pytest.mark.parametrize(
    ("version", "value"),
    [("2.1", None), ("2.55", {"any": "thing"}), ("2.56", {"host": None}), ("2.104", None)],
)
def test_to_any_host(cloud: Cloud, version: str, value: Any) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "migrate", value, version=version)
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, row.flavorid) == ("resized", "host2", "1")
    assert cloud.claims(uuid) == {"host1": 512, "host2": 512}
    assert cloud.migrations(uuid) == [("migration", "finished", "host1", "host2")]
    assert [event for action, event, _ in events(cloud.backend, uuid) if action == "migrate"] == [
        "conductor_migrate_server",
        "cold_migrate",
        "compute_prep_resize",
        "compute_resize_instance",
        "compute_finish_resize",
    ]
    cloud.act(uuid, "confirmResize", status=204)
    assert cloud.settled(uuid).host == "host2"
    assert cloud.claims(uuid) == {"host2": 512}


def test_to_a_chosen_host(cloud: Cloud) -> None:
    cloud.start("host1", "host2", "host3", "host4")
    uuid = cloud.boot()
    cloud.act(uuid, "migrate", {"host": "host3"}, version="2.56")
    assert cloud.settled(uuid).host == "host3"
    cloud.act(uuid, "revertResize")
    row = cloud.settled(uuid)
    assert (row.host, row.vm_state) == ("host1", "active")
    assert cloud.guests(uuid) == {"host1": ["1"]}


def test_a_chosen_host_that_is_full_or_down(cloud: Cloud) -> None:
    cloud.backend.conf.set_override("memory_mb", 1536, group="fake")
    cloud.start("host1", "host2", "host3")
    uuid, filler = cloud.boot(), cloud.boot("host2", flavorRef="1")
    more = cloud.boot("host2")
    cloud.down("host3")
    for host in ("host2", "host3"):
        cloud.act(uuid, "migrate", {"host": host}, version="2.56")
        row = cloud.settled(uuid)
        assert (row.host, row.vm_state) == ("host1", "active")
        assert cloud.claims(uuid) == {"host1": 512}
        assert cloud.migrations(uuid)[-1] == ("migration", "error", "host1", None)
    assert {rows.server(cloud.backend, one).host for one in (filler, more)} == {"host2"}


@pytest.mark.parametrize(
    ("host", "words"), [("nowhere", "Compute host nowhere could not be found."), ("host1", "host1")]
)
def test_hosts_that_are_none(cloud: Cloud, host: str, words: str) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    reply = cloud.act(uuid, "migrate", {"host": host}, version="2.56", status=400)
    assert words in reply.json["badRequest"]["message"]
    assert cloud.migrations(uuid) == []


def test_its_host_is_down(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    assert cloud.act(uuid, "migrate", status=409).json["conflictingRequest"]


def test_the_source_must_live_for_a_decision(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "migrate")
    cloud.settled(uuid)
    cloud.down("host1")
    cloud.act(uuid, "confirmResize", status=409)
    cloud.act(uuid, "revertResize", status=409)
    assert cloud.migrations(uuid)[0][1] == "finished"


def test_confirmed_and_reverted_at_once(cloud: Cloud) -> None:
    """Of two decisions one is taken."""
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "migrate")
    cloud.settled(uuid)
    first = cloud.act(uuid, "confirmResize", status=204)
    second = cloud.api.admin.post(f"/servers/{uuid}/action", {"revertResize": None})
    assert first.status_int == 204
    assert second.status_int in (400, 409)
    assert cloud.settled(uuid).host == "host2"
    assert cloud.migrations(uuid)[0][1] == "confirmed"


def test_who_may(api: Api, act: Any) -> None:
    manager = api.as_("max", roles="manager,member,reader")
    name = "os_compute_api:os-migrate-server:migrate"
    said = act({"migrate": None}).json["forbidden"]["message"]
    assert name in said
    refused = act({"migrate": {"host": "h2"}}, caller=manager, version="2.56")
    assert f"{name}:host" in refused.json["forbidden"]["message"]
    # A manager of the project gets as far as the host, which is none.
    assert act({"migrate": None}, caller=manager).status_int == 409
    assert act({"migrate": {"host": "h2"}}, caller=manager, version="2.55").status_int == 409
    assert act({"migrate": {"more": 1}}, caller=manager, version="2.56").status_int == 400
