"""The list of extensions: fixed data from the days when the API was extended by plug-ins.

Clients of that age look their features up here; the aliases, names and
descriptions are part of the wire format and never change.
"""

from __future__ import annotations

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.extension_list import EXTENSIONS, LEGACY_ONLY, Extension
from nova_api.api.controller import Controller
from nova_api.api.declare import LEGACY, Field, Many, One, Query, View, operation
from nova_api.api.request import Request

POLICY = policy.rule("os_compute_api:extensions", policy.ANYONE, "List extensions, or show one.")

QUERY = Query(closed_since="2.102")

STRING = {"type": "string"}

VIEW = View(
    "extension",
    Field("alias", "alias", STRING),
    Field("description", "description", STRING),
    Field("links", lambda _extension, _request: [], {"type": "array"}),
    Field("name", "name", STRING),
    Field("namespace", lambda _extension, _request: "http://docs.openstack.org/compute/ext/fake_xml", STRING),
    Field("updated", lambda _extension, _request: "2014-12-03T00:00:00Z", STRING),
)


class ExtensionsController(Controller):
    """``/extensions``."""

    @staticmethod
    def _known(request: Request) -> tuple[Extension, ...]:
        # The legacy API has one more, because it never learnt to forget it.
        return tuple(sorted((*EXTENSIONS, LEGACY_ONLY))) if request.version == LEGACY else EXTENSIONS

    @operation("GET", "/extensions", policy=POLICY, query=QUERY, response=Many("extensions", VIEW))
    def index(self, request: Request) -> tuple[Extension, ...]:
        return self._known(request)

    @operation(
        "GET", "/extensions/{id}", policy=POLICY, query=QUERY, response=One("extension", VIEW), errors=(404,)
    )
    def show(self, request: Request, id: str) -> Extension:
        for extension in self._known(request):
            if extension.alias == id:
                return extension
        raise exception.NotFound(f"Extension {id} could not be found.")
