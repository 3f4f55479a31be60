"""Adding a field to a reply is one line: the windows, the schema and the reply follow from it."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.api.compute.servers.read import ServersReadController
from nova_api.api.declare import Field, One, Version, View, operations_of
from tests.conformance import recorder
from tests.functional.client import Api


def test_a_response_field_is_one_line(api: Api, boot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    show = next(
        o for o in operations_of(ServersReadController) if (o.method, o.path) == ("GET", "/servers/{id}")
    )
    assert isinstance(show.response, One)
    line = Field("loud_name", lambda server, _request: server.name.upper(), {"type": "string"}, since="2.50")
    api = Api(recorder.unrecorded(api.app))
    view = View("server", *show.response.view.fields, line)
    monkeypatch.setattr(show.response, "view", view)
    uuid = boot(version="2.37", networks="none", name="quiet").json["server"]["id"]
    assert "loud_name" not in api.get(f"/servers/{uuid}", version="2.49").json["server"]
    assert api.get(f"/servers/{uuid}", version="2.50").json["server"]["loud_name"] == "QUIET"
    assert "loud_name" in view.schema(Version(50))["required"]
