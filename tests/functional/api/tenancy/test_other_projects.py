"""What one project has is to another as if it did not exist: on every path, for every method."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nova_api.api.declare import Operation
from tests.functional.api.tenancy import things as made
from tests.functional.api.tenancy.conftest import World
from tests.functional.client import Api

ELSEWHERE = "99999999999949999999999999999999"

#: The contract has these look a server up in every project and refuse with 403, so they tell that it exists.
TELLING = r"/servers/\{server_id\}/(tags|shares)(/.*)?"
WITH_IDS = [
    operation
    for operation in made.OPERATIONS
    if made.kind_of(re.sub(r"(\}).*", r"\1", operation.path)) not in ("unknown", "project")
    and not re.fullmatch(TELLING, operation.path)
]
LISTS = [
    operation for operation in made.OPERATIONS if operation.method == "GET" and "{" not in operation.path
]


def stranger(api: Api) -> Api:
    return api.as_("stranger", ELSEWHERE, "member,reader,manager")


def answer_to(world: World, operation: Operation, things: dict[str, str], version: str) -> tuple[int, str]:
    """Status and text with the ids written as their kinds."""
    path = made.path_of(operation, things)
    body = made.body_of(operation, version)
    answer: Any = stranger(world.api).request(operation.method, path, body=body, version=version)
    text = answer.text
    # Longer ones first: a key may be the beginning of a key pair's name.
    for kind in sorted(things, key=lambda kind: -len(things[kind])):
        text = text.replace(things[kind], f"<{kind}>")
    return answer.status_int, text


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
def test_an_id_of_another_project_is_like_one_that_nothing_has(world: World, operation: Operation) -> None:
    for version in made.versions(operation):
        nothing = answer_to(world, operation, made.missing(world.things), version)
        real = answer_to(world, operation, world.things, version)
        assert real == nothing, version
        assert 400 <= real[0] < 500, f"{version}: {real}"


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_lists_show_nothing_of_another_project(world: World, operation: Operation) -> None:
    hidden = {value for kind, value in world.things.items() if len(value) > 8 or "secret" in value}
    for version in made.versions(operation):
        for query in ("", "?all_tenants=1", "?all_projects=1", f"?project_id={world.things['project']}"):
            path = operation.path + query
            answer = stranger(world.api).request("GET", path, version=version)
            assert answer.status_int < 500, answer.text
            shown = [value for value in hidden if value in answer.text and value not in path]
            assert not shown, f"{path} at {version} shows {shown}"
            assert "secret" not in answer.text


@pytest.mark.parametrize(
    "path", ["/servers", "/os-keypairs", "/os-server-groups", "/os-volumes", "/os-snapshots", "/images"]
)
def test_lists_do_show_them_to_their_own_project(world: World, path: str) -> None:
    """Otherwise the test above could not fail."""
    assert "secret" in world.api.request("GET", path, version="2.1").text
