"""Which of several good hosts comes first."""

from __future__ import annotations

import dataclasses

import pytest

from nova_api import conf as nova_conf
from nova_api.compute.availability_zones import HostZones
from nova_api.scheduler.wanted import Wanted
from nova_api.scheduler.weighing import best_first
from tests.unit.scheduler.test_filters import node

SMALL, LARGE = 1024, 4096


def order(memory: dict[str, int], **options: object) -> list[str]:
    """The names of hosts with so much memory, best first."""
    conf = nova_conf.new([], [])
    for name, value in options.items():
        conf.set_override(name, value, group="filter_scheduler")
    wanted = Wanted(
        vcpus=1,
        memory_mb=512,
        disk_gb=1,
        zone=None,
        host=None,
        node=None,
        tried=(),
        down_time=60,
        zones=HostZones({}, "nova"),
        project_id="p",
        options=conf.filter_scheduler,
    )
    nodes = [dataclasses.replace(node(host), memory_mb=amount) for host, amount in memory.items()]
    return [found.host for found in best_first(nodes, wanted)]


@pytest.mark.parametrize(
    ("multiplier", "expected"),
    [(1.0, ["c", "a", "b"]), (-1.0, ["a", "b", "c"]), (0.0, ["a", "b", "c"])],
)
def test_memory_counts_as_much_as_operators_want(multiplier: float, expected: list[str]) -> None:
    memory = {"c": LARGE, "b": SMALL, "a": SMALL}
    options = {"ram_weight_multiplier": multiplier, "shuffle_best_same_weighed_hosts": False}
    assert order(memory, **options) == expected


def test_equals_are_shuffled_unless_operators_say_no() -> None:
    memory = {f"host{number}": SMALL for number in range(8)}
    assert order(memory, shuffle_best_same_weighed_hosts=False) == sorted(memory)
    # That eight come in the order of their names ten times over is not to be expected.
    assert {tuple(order(memory)) for _ in range(10)} != {tuple(sorted(memory))}
