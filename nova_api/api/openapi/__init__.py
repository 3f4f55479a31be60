"""The OpenAPI 3.1 document of the compute API at one microversion, made from the declarations."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import orjson

from nova_api.api.compute import RESOURCES
from nova_api.api.compute.removed import RemovedController
from nova_api.api.controller import Controller
from nova_api.api.declare import LEGACY, Version
from nova_api.api.declare import version as versions
from nova_api.api.openapi import components, operations
from nova_api.api.openapi.operations import Declared

JSONObject = dict[str, Any]

_DESCRIPTION = """\
The Compute API {what}, generated from the declarations that the service itself works with: \
it is the contract that requests are checked against.

Every path is also there below a project, `/{{project_id}}/…`, for clients that put it there. \
Routes that were removed from the API for good answer 410 and are left out. \
`x-openstack-microversions` says which versions have an operation, `x-openstack-policy` what guards it."""


def document(version: Version, root: str = "/v2.1") -> JSONObject:
    """The document at ``version``, of an API that stands at the path ``root``."""
    found = list(_declared(version, RESOURCES))
    legacy = version == LEGACY
    what = "without microversions" if legacy else f"at microversion {versions.text(version)}"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenStack Compute API",
            "version": "2.0" if legacy else versions.text(version),
            "description": _DESCRIPTION.format(what=what),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root}],
        "security": [{"token": []}],
        "tags": _tags(found),
        "paths": operations.paths(found, version),
        "components": components.components(version),
    }


# Anybody may ask for any version: each is made once.
@functools.lru_cache(maxsize=128)
def encoded(version: Version, root: str) -> bytes:
    """``document`` as JSON, 200 to 280 KB; kept, for it takes tens of milliseconds to make."""
    return orjson.dumps(document(version, root))


def _declared(version: Version, controllers: Iterable[type[Controller]]) -> Iterable[Declared]:
    for controller in controllers:
        if controller is not RemovedController:
            yield from operations.declared(controller, version)


def _tags(found: list[Declared]) -> list[JSONObject]:
    """A tag a collection, described by the first controller that says what it is."""
    described: dict[str, str] = {}
    for each in found:
        described.setdefault(operations.tag_of(each), each.about)
    return [{"name": name, "description": about} for name, about in sorted(described.items())]
