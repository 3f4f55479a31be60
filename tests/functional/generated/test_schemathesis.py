"""The service against its own OpenAPI document, by schemathesis.

Whatever the document allows to be sent is never a bug, and every reply has a
status, headers and a body that the document promises for it.

``NOVA_API_EXAMPLES=200`` makes a long run of it: so many examples an operation
and version, other ones each time.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import CHECKS, load_all_checks
    from schemathesis.core.failures import FailureGroup

from tests.functional.generated.world import TOKEN, World, running

EXAMPLES = int(os.environ.get("NOVA_API_EXAMPLES", "0"))
#: Where replies change most: the first, the last of the proxies, and those that clients negotiate.
VERSIONS = ("2.1", "2.37", "2.53", "2.79", "2.96", "2.104")
ABSENT = 501
STRIDE = 3

load_all_checks()
PROMISES = [
    CHECKS.get_one(name)
    for name in (
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
]

few = settings(
    max_examples=EXAMPLES or 3,
    deadline=None,
    derandomize=not EXAMPLES,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("world")) as made:
        yield made


def operations(world: World, version: str) -> list[Any]:
    schema = schemathesis.openapi.from_wsgi(f"/v2.1/openapi.json?microversion={version}", world.app)
    return [found.ok() for found in schema.get_all_operations()]


def try_out(world: World, operation: Any) -> None:
    """A few requests to ``operation``, some of them about what is there."""
    known = world.path_of(operation.path)

    @few
    @given(case=operation.as_strategy(), hit=st.booleans())
    def run(case: Any, hit: bool) -> None:
        if hit and known is not None and operation.method.upper() != "DELETE":
            first = next(iter(case.path_parameters))
            case.path_parameters[first] = known
        case.headers["X-Auth-Token"] = TOKEN
        reply = case.call()
        assert reply.status_code < 500 or reply.status_code == ABSENT, f"{reply.status_code}: {reply.text}"
        case.validate_response(reply, checks=PROMISES)

    run()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_service_keeps_what_its_document_promises(world: World, version: str) -> None:
    found = operations(world, version)
    assert len(found) > 90
    broken = []
    # In a short run each operation is tried at two of the versions, in a long one at all.
    for operation in found if EXAMPLES else found[VERSIONS.index(version) % STRIDE :: STRIDE]:
        try:
            try_out(world, operation)
        except (Exception, FailureGroup) as error:
            broken.append(f"== {operation.label} at {version}\n{error}")
    assert not broken, "\n".join(broken)
