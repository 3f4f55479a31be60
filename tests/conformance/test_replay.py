"""Choosing conversations, adding reports up, putting the world in front, seeding it."""

from __future__ import annotations

import datetime
import json
from urllib.parse import parse_qsl

import pytest
import webob
from oslo_config import cfg

from tests.conformance import prepared, replay, seeds, servers, world


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
    attrs = json.loads(prepared.line(json.dumps(test)))["attrs"]
    assert attrs.get("zone") == zone
    zones = [value for _, name, value in seeds.flags({"attrs": attrs}) if name == "default_availability_zone"]
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
    seed = seeds.seed(WORLD, asked)
    assert [flavor["name"] for flavor in seed["flavors"]][:2] == ["m1.tiny", "m1.small"]
    assert seed["images"] == [{"id": "i", "name": "image", "owner": "6f70"}]
    assert [network["shared"] for network in seed["networks"]] == [True]
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


class Cloud:
    """Notes what the world does to the service; ``answers`` are those to "is any work unfinished"."""

    PATIENCE = 60.0

    def __init__(self, answers=()) -> None:
        self.casts = self
        self.answers = list(answers)
        self.asked = 0
        self.done = []
        self.end = 0.0

    def wait_until(self, end) -> None:
        self.end = end

    def settle(self) -> None:
        while self.end and self.answers:
            self.asked += 1
            if not self.answers.pop(0):
                break

    def reset(self, seed) -> None:
        self.done.append("reset")

    def start_host(self, host, driver) -> None:
        self.done.append(f"start {host} {driver}")

    def silence(self) -> None:
        self.done.append("silence")


def post(app, path, body) -> None:
    request = webob.Request.blank(path, method="POST", json_body=body)
    assert request.get_response(app).status_int == 200


def test_a_reset_seeds_sets_options_and_unsets_the_last_ones() -> None:
    conf = cfg.ConfigOpts()
    conf.register_opts([cfg.StrOpt("compute_link_prefix"), cfg.IntOpt("max_limit", default=9)], group="api")
    conf([], default_config_files=[])
    cloud = Cloud()
    app = world.World(webob.Response("below"), conf, cloud, WORLD)

    def reset(*events):
        post(app, "/__reset", {"setup_events": list(events)})

    reset(
        event("flags", group="api", values={"compute_link_prefix": "http://x"}),
        event("flags", group="nowhere", values={"enabled": True}),
    )
    assert conf.api.compute_link_prefix == "http://x"
    reset(event("flags", group="api", values={"max_limit": 3}))
    assert (conf.api.compute_link_prefix, conf.api.max_limit) == (None, 3)
    post(app, "/__event", event("flags", group="api", values={"max_limit": 4}))
    assert conf.api.max_limit == 4
    reset()
    assert conf.api.max_limit == 9
    assert cloud.done == ["reset"] * 3
    assert webob.Request.blank("/v2.1").get_response(app).text == "below"


def test_events_start_hosts_and_replace_functions() -> None:
    cloud = Cloud()
    app = world.World(webob.Response("below"), cfg.ConfigOpts(), cloud, WORLD)
    flags = event("flags", values={"compute_driver": "fake.FakeDriver"})
    post(app, "/__reset", {"setup_events": [flags], "attrs": {"hosts": ["testHost"]}})
    for happened in (
        event("start_service", name="compute", host="host3"),
        event("stop_service", name="compute", host="host3"),
        event("restart_compute", host="host3"),
        event("start_service", name="scheduler", host=None),
        event("stub_out", target="nova.servicegroup.api.API.service_is_up"),
        event("stub_out", target="nova.compute.api.HostAPI.service_get_by_compute_host"),
        event("stub_out", target="nova.something.else"),
    ):
        post(app, "/__event", happened)
    assert cloud.done == [
        "reset",
        "start host3 fake.FakeDriver",
        "start host3 fake.FakeDriver",
        "silence",
        "start testHost fake.FakeDriver",
    ]
    # What a function would say of every later server is made true of it.
    webob.Request.blank("/v2.1", method="POST").get_response(app)
    assert cloud.done[-1] == "silence"
    post(app, "/__reset", {})
    webob.Request.blank("/v2.1", method="POST").get_response(app)
    assert cloud.done[-1] == "reset"


@pytest.mark.parametrize(
    ("method", "status", "attrs", "asked"),
    [
        ("POST", "202 Accepted", {}, 3),
        ("POST", "200 OK", {}, 3),
        ("POST", "400 Bad Request", {}, 0),
        ("GET", "200 OK", {}, 0),
        ("POST", "202 Accepted", {"CAST_AS_CALL": False}, 0),
    ],
)
def test_what_is_begun_is_done_before_the_reply(method, status, attrs, asked) -> None:
    cloud = Cloud([True, True, False])
    app = world.World(webob.Response("below", status=status), cfg.ConfigOpts(), cloud, WORLD)
    post(app, "/__reset", {"attrs": attrs})
    assert webob.Request.blank("/v2.1", method=method).get_response(app).text == "below"
    assert cloud.asked == asked


def test_hosts_that_requests_could_name_though_nobody_started_them() -> None:
    def act(status, **action):
        return {"status": status, "path": "/v2.1/servers/u/action", "req": {"body": action}}

    test = {
        "attrs": {},
        "events": [event("start_service", name="compute", host="host1")],
        "exchanges": [
            act(202, migrate={"host": "host1"}),
            act(200, evacuate={"host": "testHost"}),
            act(404, evacuate={"host": "nowhere"}),
            act(202, migrate=None),
        ],
    }
    text = prepared.line(json.dumps(test))
    assert json.loads(text)["attrs"] == {"hosts": ["testHost"]}
    assert prepared.hosts([text]) == ["compute", "host1", "testHost"]


def test_periods_of_usage_hold_what_is_there_now() -> None:
    path = (
        "/v2.1/os-simple-tenant-usage?start=2026-11-22+07%3A55%3A20.612509&end=2026-11-22+08%3A55%3A20.612509"
    )
    linked = {"href": "http://h" + path}
    test = {"attrs": {}, "exchanges": [{"path": path, "req": {}, "resp": {"body": linked}}]}
    exchange = json.loads(prepared.line(json.dumps(test)))["exchanges"][0]
    start, end = (moment for _, moment in parse_qsl(exchange["path"].partition("?")[2]))
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    assert datetime.datetime.fromisoformat(start) < now < datetime.datetime.fromisoformat(end)
    assert exchange["resp"]["body"]["href"] == "http://h" + exchange["path"]


def test_classes_add_to_their_world() -> None:
    flavors = seeds.seed(WORLD, {"class": "FlavorsSampleJsonTest261", "method": "test_flavors_get"})[
        "flavors"
    ]
    assert [flavor["flavorid"] for flavor in flavors] == list("1234567")
    assert len(seeds.seed(WORLD, {"class": "FlavorsSampleJsonTest"})["flavors"]) == 6
