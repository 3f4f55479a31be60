"""The OpenAPI document: valid to somebody else's validator, and different at each microversion."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from nova_api.api import openapi
from nova_api.api.compute import RESOURCES
from nova_api.api.compute.removed import RemovedController
from nova_api.api.declare import LEGACY, MAX, Version, operations_of
from nova_api.cmd import manage
from tests.functional.client import Api
from tests.functional.wsgi.test_paste_shipped import ask, make_app

VERSIONS = [LEGACY, *(Version(minor) for minor in (1, 37, 53, 96, 104))]


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_valid(version: Version) -> None:
    document = openapi.document(version)
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize("version", VERSIONS)
def test_it_has_every_operation_and_action_of_its_version(version: Version) -> None:
    paths = openapi.document(version)["paths"]
    for controller in RESOURCES:
        for operation in operations_of(controller):
            found = paths.get(operation.path, {}).get(operation.method.lower(), {})
            actions = found.get("x-openstack-actions", {})
            present = operation.action in actions if operation.action else bool(found) and not actions
            expected = operation.window.contains(version) and controller is not RemovedController
            assert present or not expected, f"{operation} is missing"
            if expected and operation.policy:
                said = actions.get(operation.action, found)
                assert said["x-openstack-policy"] == operation.policy
                assert said["summary"]


def schema_of(paths: Any, path: str, method: str, status: str | None = None) -> Any:
    operation = paths[path][method]
    part = operation["requestBody"] if status is None else operation["responses"][status]
    return part["content"]["application/json"]["schema"]


def test_windows() -> None:
    before, after = (openapi.document(Version(minor))["paths"] for minor in (51, 52))
    for paths, has_tags in ((before, False), (after, True)):
        server = schema_of(paths, "/servers", "post")["properties"]["server"]
        assert ("tags" in server["properties"]) is has_tags
    for minor, status in ((1, "200"), (2, "201")):
        keypairs = openapi.document(Version(minor))["paths"]["/os-keypairs"]["post"]
        assert status in keypairs["responses"]
    assert "/os-networks" in openapi.document(Version(35))["paths"]
    assert "/os-networks" not in openapi.document(Version(36))["paths"]
    limits = {minor: openapi.document(Version(minor))["paths"]["/os-keypairs"]["get"] for minor in (34, 35)}
    names = {minor: {param.get("name") for param in said["parameters"]} for minor, said in limits.items()}
    assert ("limit" in names[34], "limit" in names[35]) == (False, True)


def test_actions_are_a_choice_of_bodies() -> None:
    path = openapi.document(MAX)["paths"]["/servers/{id}/action"]["post"]
    bodies = {
        body["title"]: body for body in path["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    }
    assert bodies.keys() == path["x-openstack-actions"].keys()
    assert bodies["os-start"]["required"] == ["os-start"]
    assert {"202", "204", "404", "409"} <= path["responses"].keys()


def test_errors_and_the_token() -> None:
    document = openapi.document(MAX)
    show = document["paths"]["/servers/{id}"]["get"]
    assert show["responses"]["404"] == {"$ref": "#/components/responses/404"}
    fault = document["components"]["responses"]["404"]["content"]["application/json"]["schema"]
    assert fault["required"] == ["itemNotFound"]
    assert document["components"]["securitySchemes"]["token"]["name"] == "X-Auth-Token"
    assert document["paths"]["/"]["get"]["security"] == []
    header = document["components"]["parameters"]["microversion"]
    assert (header["name"], header["schema"]["const"]) == ("OpenStack-API-Version", "compute 2.104")


def test_over_http(api: Api) -> None:
    at = {"version": "2.53"}
    assert api.get("/openapi.json").json == openapi.document(Version(1))
    assert api.get("/openapi.json", **at).json["info"]["version"] == "2.53"
    assert api.get("/openapi.json?microversion=2.96", **at).json["info"]["version"] == "2.96"
    assert api.get("/openapi.json?microversion=latest").json == openapi.document(MAX)
    assert api.get("/openapi.json", root="/v2").json == openapi.document(LEGACY, "/v2")
    assert api.get("/openapi.json").content_type == "application/json"


@pytest.mark.parametrize("version", ["2.999", "3.1", "x", "", "2.01"])
def test_no_such_version_is_a_sentence(api: Api, version: str) -> None:
    reply = api.get(f"/openapi.json?microversion={version}")
    assert reply.status_int == 400
    assert "2.1 to 2.104" in reply.json["badRequest"]["message"]


def test_it_needs_no_token_and_is_kept(conf: Any) -> None:
    app = make_app(conf)
    for path in ("/v2.1/openapi.json?microversion=2.96", "/v2/openapi.json", "/compute/v2.1/openapi.json"):
        reply = ask(app, path)
        assert reply.status_int == 200
        assert reply.json["servers"] == [{"url": path.partition("/openapi")[0]}]
    assert ask(app, "/v2.1/servers").status_int == 401
    assert openapi.encoded(Version(96), "/v2.1") is openapi.encoded(Version(96), "/v2.1")


def test_nova_manage(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    assert manage.main(["openapi", "--microversion", "2.53"]) == 0
    assert json.loads(capsys.readouterr().out) == openapi.document(Version(53))
    file = tmp_path / "api.json"
    assert manage.main(["openapi", "--output", str(file)]) == 0
    assert json.loads(file.read_text(encoding="utf-8")) == openapi.document(MAX)
    assert manage.main(["openapi", "--microversion", "2.999"]) == 1
    assert "no microversion '2.999'" in capsys.readouterr().err


def test_times_are_not_called_what_needs_a_time_zone() -> None:
    assert '"date-time"' not in json.dumps(openapi.document(MAX))


def test_replies_of_actions() -> None:
    actions = openapi.document(MAX)["paths"]["/servers/{id}/action"]["post"]["x-openstack-actions"]
    assert actions["os-start"]["x-openstack-status"] == 202
    assert "x-openstack-reply" not in actions["os-start"]
    assert actions["createImage"]["x-openstack-reply"]["required"] == ["image_id"]
