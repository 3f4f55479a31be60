"""Whatever is sent to POST /servers: what the declared schema allows is no 500, and junk is a 4xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api import seed
from nova_api.api.compute.servers.params import CREATE
from nova_api.api.declare import LEGACY, MAX, MIN, Validator, Version
from nova_api.api.router import APIRouter
from nova_api.context import admin
from nova_api.db import schema
from tests.functional import databases
from tests.functional.api.conftest import TokenNames
from tests.functional.api.schema_values import JUNK, values
from tests.functional.client import Api

VALIDATOR = Validator(CREATE)


def _windows() -> Iterator[Version]:
    """The first version of each interval in which the schema is the same."""
    before = None
    for minor in (LEGACY, *range(MIN, MAX + 1)):
        version = Version(minor)
        if before != (compiled := VALIDATOR.json_schema(version)):
            before = compiled
            yield version


VERSIONS = list(_windows())
relaxed = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def accepts(version: Version, body: Any) -> bool:
    try:
        VALIDATOR.validate(body, version)
    except ValueError:
        return False
    return True


class Ready(Api):
    """The API of a stocked cloud; ``image`` and ``network`` are ids that exist there."""

    image: str
    network: str


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    """One cloud for all examples: what they leave behind is part of the test."""
    conf = nova_conf.new([], [])
    conf.set_override("state_path", str(tmp_path_factory.mktemp("state")))
    for resource in ("instances", "cores", "ram"):
        conf.set_override(resource, -1, group="quota")
    with databases.own(conf):
        with nova_conf.activate(conf):
            backend = nova_backend.of(conf)
            schema.metadata.create_all(backend.db.engine)
            new, old = (
                APIRouter.factory({}, microversions="true"),
                APIRouter.factory({}, microversions="false"),
            )
        seed.first_start(backend, {"admin": "secret", "demo": "secret"})
        api = Ready(TokenNames({"/v2.1": new, "/v2": old}), "admin")
        api.image = backend.images.list(admin())[0].id
        api.network = next(n.id for n in backend.networks.networks_for(admin()) if n.name == "private")
        yield api
        backend.db.dispose()


def send(api: Api, version: Version, body: Any) -> int:
    encoded = json.dumps(body).encode()
    if version == LEGACY:
        answer = api.request("POST", "/servers", body=encoded, root="/v2")
    else:
        answer = api.request("POST", "/servers", body=encoded, version=f"2.{version}")
    if answer.status_int >= 400:
        (fault,) = answer.json.values()
        assert fault["code"] == answer.status_int
        assert fault["message"]
    return int(answer.status_int)


def real(api: Ready, server: dict[str, Any], draw: Any) -> None:
    """Puts things that exist in the place of generated ids, so that requests get beyond the look-ups."""
    server |= {"imageRef": api.image, "flavorRef": "1"}
    for name in ("min_count", "max_count"):
        if name in server:
            server[name] = draw(st.integers(1, 3))
    for name in draw(st.sets(st.sampled_from(UNKNOWN_TO_A_FRESH_CLOUD))):
        server.pop(name, None)
    if isinstance(server.get("networks"), list):
        for nic in server["networks"]:
            nic.pop("port", None)
            nic["uuid"] = api.network


#: Generated values of these name things that are not there; without them more is accepted.
UNKNOWN_TO_A_FRESH_CLOUD = (
    "key_name",
    "availability_zone",
    "security_groups",
    "host",
    "hypervisor_hostname",
    "block_device_mapping",
    "block_device_mapping_v2",
    "personality",
)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@relaxed
@given(data=st.data())
def test_allowed_bodies_are_accepted_or_refused(ready: Ready, version: Version, data: Any) -> None:
    """The smallest request and one to three generated keys: more would hide what each does."""
    keys = VALIDATOR.json_schema(version)["properties"]["server"]["properties"]
    server: dict[str, Any] = {"name": "vm", "imageRef": ready.image, "flavorRef": "1", "networks": []}
    for name in data.draw(st.lists(st.sampled_from(sorted(keys)), min_size=1, max_size=3, unique=True)):
        server[name] = data.draw(values(keys[name]))
        assume(accepts(version, {"server": server}))
    if data.draw(st.booleans()):
        real(ready, server, data.draw)
    # Quotas are off: more would be made than anybody wants to wait for.
    assume(all(int(server.get(name, 1)) <= 3 for name in ("min_count", "max_count")))
    assert send(ready, version, {"server": server}) in (202, 400, 403, 409, 501)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@relaxed
@given(junk=JUNK, data=st.data())
def test_junk(ready: Ready, version: Version, junk: Any, data: Any) -> None:
    server = {"name": "vm", "imageRef": ready.image, "flavorRef": "1", "networks": []}
    keys = VALIDATOR.json_schema(version)["properties"]["server"]["properties"]
    where = data.draw(st.sampled_from(("body", "server", *sorted(keys))))
    body = junk if where == "body" else {"server": junk if where == "server" else server | {where: junk}}
    assume(not accepts(version, body))
    # The legacy API takes what it does not know for not said.
    expected = (400,) if version != LEGACY else (202, 400, 403, 409, 501)
    assert send(ready, version, body) in expected
