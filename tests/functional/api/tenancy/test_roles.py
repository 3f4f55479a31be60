"""Every guarded operation, asked by every role: let in or refused as its policy's default says."""

from __future__ import annotations

import pytest

from nova_api.api import policy
from nova_api.api.declare import Operation
from tests.functional.api.tenancy import things as made
from tests.functional.api.tenancy.conftest import World
from tests.functional.client import ADMIN_PROJECT, DEMO_PROJECT, Api

EVERYBODY = frozenset({"nobody", "reader", "member", "manager", "service", "admin"})

#: Default of a policy → the roles that pass in their own project. Checks look at one literal role each.
PASSING = {
    policy.ADMIN: {"admin"},
    policy.READER: {"reader", "admin"},
    policy.MEMBER: {"member", "admin"},
    policy.MANAGER: {"manager", "admin"},
    policy.SERVICE: {"service", "admin"},
    policy.ANYONE: EVERYBODY,
    policy.USER_OR_ADMIN: EVERYBODY,  # each is asked for what is his own
    "!": set(),
}
DEFAULTS = {default.name: default.check_str for default in policy.declared()}
GUARDED = [operation for operation in made.OPERATIONS if operation.policy is not None]


def caller(api: Api, role: str) -> Api:
    """Somebody with that role alone: of the demo project, or the administrator of another one."""
    return api.as_("demo", ADMIN_PROJECT if role == "admin" else DEMO_PROJECT, role)


def is_refused(world: World, operation: Operation, role: str, version: str) -> bool:
    """Whether the operation's policy turns ``role`` away; nothing else of the answer matters."""
    body = made.body_of(operation, version)
    answer = caller(world.api, role).request(
        operation.method, made.path_of(operation, world.things), body=body, version=version
    )
    assert answer.status_int < 500 or answer.status_int == 501, f"{operation} {role}: {answer.text}"
    # The quotation mark ends the name: another operation's name may begin with this one.
    named = f"Policy doesn't allow {operation.policy} to be performed" in answer.text
    return answer.status_int == 403 and named


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_roles(world: World, operation: Operation) -> None:
    assert operation.policy is not None
    passing = PASSING[DEFAULTS[operation.policy]]
    for version in made.versions(operation):
        refused = {role for role in EVERYBODY - passing if is_refused(world, operation, role, version)}
        assert refused == EVERYBODY - passing, f"let in at {version}: {EVERYBODY - passing - refused}"
        for role in sorted(passing):
            try:
                assert not is_refused(world, operation, role, version), f"{role} is refused at {version}"
            finally:
                if operation.method != "GET":
                    world.back()
