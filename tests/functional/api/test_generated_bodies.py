"""Whatever is sent: bodies that the declared schemas allow are no 500, and junk is a 4xx."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api import context
from nova_api.api.compute import flavor_access, flavor_extra_specs, flavors, image_metadata, keypairs
from nova_api.api.declare import MAX, MIN, Operation, Version, operations_of
from nova_api.api.router import APIRouter
from nova_api.db import schema
from tests.functional import databases
from tests.functional.api.conftest import TokenNames
from tests.functional.api.schema_values import JUNK, values
from tests.functional.client import Api

CONTROLLERS = (
    flavors.FlavorsController,
    flavor_access.FlavorAccessController,
    flavor_extra_specs.FlavorExtraSpecsController,
    keypairs.KeypairsController,
    image_metadata.ImageMetadataController,
)
IMAGE = "7d2b2c51-3d2a-4c4e-9c9e-0a8b8d5a7f10"


def versions(operation: Operation) -> Iterator[Version]:
    """The first version of the operation, and each one that changes its body."""
    assert operation.body is not None
    before = None
    for minor in range(MIN, MAX + 1):
        version = Version(minor)
        if operation.window.contains(version) and before != (schema := operation.body.json_schema(version)):
            before = schema
            yield version


CASES = [
    pytest.param(operation, version, id=f"{operation} at 2.{version}")
    for controller in CONTROLLERS
    for operation in operations_of(controller)
    if operation.body is not None
    for version in versions(operation)
]

relaxed = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def accepts(operation: Operation, version: Version, body: Any) -> bool:
    assert operation.body is not None
    try:
        operation.body.validate(body, version)
    except ValueError:
        return False
    return True


def allowed(operation: Operation, version: Version) -> st.SearchStrategy[Any]:
    assert operation.body is not None
    return values(operation.body.json_schema(version)).filter(lambda body: accepts(operation, version, body))


def send(api: Api, operation: Operation, version: Version, body: Any) -> int:
    path = operation.path.replace("{flavor_id}", "1").replace("{id}", "1")
    path = path.replace("{image_id}", IMAGE)
    encoded = json.dumps(body).encode()
    answer = api.admin.request(operation.method, path, body=encoded, version=f"2.{version}")
    if answer.status_int >= 400:
        (fault,) = answer.json.values()
        assert fault["code"] == answer.status_int
        assert fault["message"]
    return int(answer.status_int)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One API for all examples, with a flavor and an image: what they leave behind is part of the test."""
    conf = nova_conf.new([], [])
    conf.set_override("state_path", str(tmp_path_factory.mktemp("state")))
    with databases.own(conf):
        with nova_conf.activate(conf):
            backend = nova_backend.of(conf)
            schema.metadata.create_all(backend.db.engine)
            router = APIRouter.factory({}, microversions="true")
        api = Api(TokenNames({"/v2.1": router}))
        api.admin.post("/flavors", {"flavor": {"name": "one", "id": "1", "ram": 1, "vcpus": 1, "disk": 1}})
        backend.images.create(context.admin(), {"id": IMAGE, "name": "one"})
        yield api
        backend.db.dispose()


@pytest.mark.parametrize(("operation", "version"), CASES)
@relaxed
@given(data=st.data())
def test_allowed_bodies_are_never_a_500(
    ready: Api, operation: Operation, version: Version, data: Any
) -> None:
    body = data.draw(allowed(operation, version))
    assert send(ready, operation, version, body) < 500


@pytest.mark.parametrize(("operation", "version"), CASES)
@relaxed
@given(junk=JUNK)
def test_junk_is_a_4xx(ready: Api, operation: Operation, version: Version, junk: Any) -> None:
    assume(not accepts(operation, version, junk))
    assert 400 <= send(ready, operation, version, junk) < 500


@pytest.mark.parametrize(("operation", "version"), CASES)
@relaxed
@given(junk=JUNK, data=st.data())
def test_junk_in_the_place_of_one_value(
    ready: Api, operation: Operation, version: Version, junk: Any, data: Any
) -> None:
    body = data.draw(allowed(operation, version))
    _replace(body, junk, data.draw)
    assert send(ready, operation, version, body) < 500


def _replace(body: Any, junk: Any, draw: Callable[..., Any]) -> None:
    while isinstance(body, dict) and body:
        key = draw(st.sampled_from(sorted(body)))
        if not isinstance(body[key], dict) or not body[key]:
            body[key] = junk
            return
        body = body[key]
