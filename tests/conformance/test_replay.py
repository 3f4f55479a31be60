"""Choosing conversations, adding reports up, putting the world in front, seeding it."""

from __future__ import annotations

import json

import pytest
import webob
from oslo_config import cfg

from tests.conformance import replay, servers, world


def line(name, *, result="pass", reproducible=True, resource="servers"):
    return json.dumps(
        {"test": name, "result": result, "http_reproducible": reproducible, "resource": resource}
    )


CORPUS = [
    line("a"),
    line("b", result="fail"),
    line("c", reproducible=False),
    line("d", resource="flavors"),
    line("e", resource="flavors", reproducible=False),
]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (replay.Choice(), "acde"),
        (replay.Choice(repro="yes"), "ad"),
        (replay.Choice(repro="no"), "ce"),
        (replay.Choice(resource="^flav"), "de"),
        (replay.Choice(repro="yes", resource="^flav"), "d"),
    ],
)
def test_choices(choice, names) -> None:
    assert "".join(json.loads(chosen)["test"] for chosen in choice.of(CORPUS)) == names


def test_a_sample_is_the_same_each_time() -> None:
    first = replay.Choice(sample=2).of(CORPUS)
    assert len(first) == 2
    assert first == replay.Choice(sample=2).of(CORPUS)


@pytest.mark.parametrize(
    ("stubbed", "asked", "zone"),
    [(["us-west"], "us-west", "us-west"), (["us-west"], "nova", None), ([], "us-west", None)],
)
def test_the_host_of_a_sample_stands_in_the_zone_that_it_asks_for(stubbed, asked, zone) -> None:
    test = {
        "attrs": {"availability_zones": stubbed},
        "exchanges": [{"req": {"body": None}}, {"req": {"body": {"server": {"availability_zone": asked}}}}],
    }
    attrs = json.loads(replay.with_zone(json.dumps(test)))["attrs"]
    assert attrs.get("zone") == zone
    zones = [value for _, name, value in world.flags({"attrs": attrs}) if name == "default_availability_zone"]
    assert zones == ([zone] if zone else [])


def test_totals_count_what_was_never_reported_as_failed() -> None:
    totals = replay.Totals(
        [
            {"resource": "servers", "pass": True},
            {"resource": "servers", "pass": False},
            {"resource": "flavors", "pass": True},
        ],
        missing=2,
    )
    assert (totals.passed, totals.run) == (2, 5)
    text = [" ".join(row.split()) for row in totals.lines()]
    assert text[1:] == ["flavors 1/1", "servers 1/2", "(never reported) 0/2"]


def test_the_world_goes_in_front_of_the_project_s_own_ini() -> None:
    ini = "[composite:osapi_compute]\nuse = call:x:y\n/ = versions\n"
    changed = servers.with_world(ini, "/tmp/world.json")
    assert changed.startswith("[composite:osapi_compute]\nfilter-with = world\nuse = call:x:y\n")
    assert "[filter:world]" in changed
    with pytest.raises(ValueError, match="composite:osapi_compute"):
        servers.with_world("[app:other]\n", "/tmp/world.json")


WORLD = {
    "project_id": "6f70",
    "images": [{"id": "i", "name": "image"}],
    "neutron": {
        "networks_always": ["network_1"],
        "ports_always": ["port_1"],
        "objects": {
            "network_1": {"id": "n", "subnets": ["s"]},
            "subnet_1": {"id": "s"},
            "subnet_2": {"id": "other"},
            "port_1": {"id": "p"},
            "port_2": {"id": "q"},
            "security_group": {"id": "g", "security_group_rules": ["r"]},
            "security_group_rule_x": {"id": "r"},
        },
    },
}


def event(kind, **more):
    return {"kind": kind, "phase": "setup", **more}


def test_the_seed_of_a_recorded_set_up() -> None:
    asked = {
        "setup_events": [
            event("flags", group=None, values={"compute_driver": "fake.MediumFakeDriver"}),
            event("start_service", name="conductor", host=None),
            event("start_service", name="compute", host="compute"),
            event("start_service", name="compute", host="host2"),
        ]
    }
    seed = world.seed(WORLD, asked)
    assert [flavor["name"] for flavor in seed["flavors"]][:2] == ["m1.tiny", "m1.small"]
    assert seed["images"] == [{"id": "i", "name": "image", "owner": "6f70"}]
    assert [thing["id"] for key in ("networks", "subnets", "ports") for thing in seed[key]] == ["n", "s", "p"]
    assert seed["security_groups"] == [{"id": "g", "security_group_rules": [{"id": "r"}]}]
    assert [service["binary"] for service in seed["services"]] == [
        "nova-conductor",
        "nova-scheduler",
        "nova-compute",
        "nova-compute",
    ]
    nodes = {node["host"]: node for node in seed["nodes"]}
    assert nodes["compute"]["hypervisor_hostname"] == "fake-mini"
    assert nodes["compute"]["uuid"] == "55784d24-0233-5b5f-a973-cf9bfaa1bd8b"
    assert nodes["host2"]["hypervisor_hostname"] == "host2"
    assert {node["vcpus"] for node in seed["nodes"]} == {10}


def test_a_reset_seeds_sets_options_and_unsets_the_last_ones() -> None:
    conf = cfg.ConfigOpts()
    conf.register_opts([cfg.StrOpt("compute_link_prefix"), cfg.IntOpt("max_limit", default=9)], group="api")
    conf([], default_config_files=[])
    seeds = []
    app = world.World(
        webob.Response("below"),
        conf,
        seeds.append,
        lambda: False,
        WORLD,
    )

    def post(*events):
        request = webob.Request.blank("/__reset", method="POST", json_body={"setup_events": list(events)})
        assert request.get_response(app).status_int == 200

    post(
        event("flags", group="api", values={"compute_link_prefix": "http://x"}),
        event("flags", group="nowhere", values={"enabled": True}),
    )
    assert conf.api.compute_link_prefix == "http://x"
    post(event("flags", group="api", values={"max_limit": 3}))
    assert (conf.api.compute_link_prefix, conf.api.max_limit) == (None, 3)
    post()
    assert conf.api.max_limit == 9
    assert len(seeds) == 3
    assert webob.Request.blank("/v2.1").get_response(app).text == "below"


@pytest.mark.parametrize(
    ("method", "status", "attrs", "asked_at_least"),
    [
        ("POST", "202 Accepted", {}, 3),
        ("POST", "200 OK", {}, 3),
        ("POST", "400 Bad Request", {}, 0),
        ("GET", "200 OK", {}, 0),
        ("POST", "202 Accepted", {"CAST_AS_CALL": False}, 0),
    ],
)
def test_what_is_begun_is_done_before_the_reply(method, status, attrs, asked_at_least) -> None:
    answers = [True, True, False]
    asked = []

    def busy():
        asked.append(True)
        return answers.pop(0)

    conf = cfg.ConfigOpts()
    app = world.World(webob.Response("below", status=status), conf, lambda seed: None, busy, WORLD)
    webob.Request.blank("/__reset", method="POST", json_body={"attrs": attrs}).get_response(app)
    assert webob.Request.blank("/v2.1", method=method).get_response(app).text == "below"
    assert len(asked) == asked_at_least
