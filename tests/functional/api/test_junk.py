"""Every operation there is, asked for what does not exist and with bodies that make no sense: never a bug."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nova_api.api.compute import RESOURCES
from nova_api.api.controller import Controller
from nova_api.api.declare import Operation, operations_of
from tests.functional.client import Api

NOWHERE = "00000000-0000-0000-0000-000000000000"
BODIES: tuple[Any, ...] = (None, {}, [], {"x": 1}, "x")
VALUES: tuple[Any, ...] = (None, {}, [1], "x", {"x": None})
#: What a part that this cloud does not have is answered with (bare metal).
ABSENT = 501


def bodies(operation: Operation) -> tuple[Any, ...]:
    if operation.method in ("GET", "DELETE", "HEAD"):
        return (None,)
    return tuple({operation.action: value} for value in VALUES) if operation.action else BODIES


@pytest.mark.parametrize("controller", RESOURCES, ids=lambda controller: controller.__name__)
def test_junk_is_answered_with_a_fault(api: Api, controller: type[Controller]) -> None:
    for operation in operations_of(controller):
        for name in ("nope", "1", NOWHERE) if "{" in operation.path else ("",):
            path = re.sub(r"\{[^}]*\}", name, operation.path)
            for caller in (api, api.admin):
                for root, version in (("/v2.1", "2.1"), ("/v2.1", "2.60"), ("/v2.1", "2.104"), ("/v2", None)):
                    for body in bodies(operation):
                        answer = caller.request(operation.method, path, body, version=version, root=root)
                        where = f"{operation.method} {path} {body} at {version}: {answer.text[:200]}"
                        assert answer.status_int < 500 or answer.status_int == ABSENT, where
