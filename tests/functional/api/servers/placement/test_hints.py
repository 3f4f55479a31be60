"""Scheduler hints that name hosts by what is on them, or by what they have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nova_api import backend as nova_backend
from nova_api.context import admin
from tests.functional.api.servers.placement.conftest import HOSTS, Build, host_of


def test_same_and_different_hosts(build: Build) -> None:
    first, second = build(), build()
    while host_of(second) == host_of(first):
        second = build()
    assert host_of(build(hints={"same_host": first["id"]})) == host_of(first)
    both = [first["id"], second["id"]]
    assert host_of(build(hints={"same_host": both})) in (host_of(first), host_of(second))
    (third,) = set(HOSTS) - {host_of(first), host_of(second)}
    assert host_of(build(hints={"different_host": both})) == third
    nowhere = build(hints={"same_host": first["id"], "different_host": first["id"]})
    assert nowhere["status"] == "ERROR"
    unknown = build(hints={"same_host": "11111111-2222-3333-4444-555555555555"})
    assert unknown["status"] == "ERROR"


def test_a_query_is_a_condition_on_the_host(build: Build) -> None:
    query = ["and", ["=", "$hypervisor_hostname", "beta"], [">=", "$free_ram_mb", 1024]]
    assert host_of(build(hints={"query": json.dumps(query)})) == "beta"
    query = ["not", ["in", "$host", "alpha", "beta"]]
    assert host_of(build(hints={"query": json.dumps(query)})) == "gamma"
    failed = build(hints={"query": json.dumps(["or", [">", "$free_ram_mb", 10**9], [">", "$host", 5]])})
    assert failed["status"] == "ERROR"
    assert "3 not as the query wants it" in failed["fault"]["message"]


def test_near_an_address(build: Build, stocked: nova_backend.Backend) -> None:
    address = str(stocked.conf.my_ip)
    assert build(hints={"build_near_host_ip": address})["status"] == "ACTIVE"
    assert build(hints={"build_near_host_ip": address, "cidr": "/32"})["status"] == "ACTIVE"
    assert build(hints={"build_near_host_ip": "203.0.113.7", "cidr": "/30"})["status"] == "ERROR"


@pytest.mark.parametrize(
    ("hints", "word"),
    [
        ({"query": "[>=,$free_ram_mb,1024]"}, "JSON"),
        ({"query": '{"a": 1}'}, "list"),
        ({"query": '["between", 1, 2]'}, "between"),
        ({"query": '["=", "$colour", "red"]'}, "$colour"),
        ({"query": '["=", ["and"], 1]'}, "compare"),
        ({"query": '["and", "yes"]'}, "yes"),
        ({"query": "[" * 40 + "]" * 40}, "operator"),
        ({"query": '["not", ' * 30 + "[]" + "]" * 30}, "deep"),
        ({"build_near_host_ip": "192.0.2.1", "cidr": "/99"}, "network"),
    ],
)
def test_hints_without_sense_are_refused(boot: Callable[..., Any], hints: dict[str, Any], word: str) -> None:
    reply = boot(hints=hints)
    assert reply.status_int == 400, reply.text
    assert word in reply.json["badRequest"]["message"]


def test_an_image_for_another_machine_finds_no_host(
    build: Build, stocked: nova_backend.Backend, image_id: str
) -> None:
    stocked.images.update(admin(), image_id, {"properties": {"hw_architecture": "arm64"}})
    failed = build()
    assert failed["status"] == "ERROR"
    assert "3 unable to run its image" in failed["fault"]["message"]
