"""Paths that lead nowhere have the web framework's answer, without the API's envelope."""

from __future__ import annotations

import pytest

from tests.functional.client import Api


@pytest.mark.parametrize("path", ["/nothing", "/os-hypervisors/1/statistics", "/flavors/"])
@pytest.mark.parametrize("root", ["/v2.1", "/v2"])
def test_clients_of_json_get_code_message_and_title(api: Api, path: str, root: str) -> None:
    reply = api.get(path, root=root, headers={"Accept": "application/json"})
    assert reply.status_int == 404
    assert reply.content_type == "application/json"
    assert (reply.json["code"], reply.json["title"]) == ("404 Not Found", "Not Found")
    assert "could not be found" in reply.json["message"]
    assert "OpenStack-API-Version" not in reply.headers


def test_browsers_get_a_page(api: Api) -> None:
    reply = api.get("/nothing", headers={"Accept": "text/html"})
    assert (reply.status_int, reply.content_type) == (404, "text/html")
    assert "could not be found" in reply.text


def test_what_is_missing_at_a_path_that_exists_is_in_the_envelope(api: Api) -> None:
    reply = api.get("/flavors/nope", headers={"Accept": "application/json"})
    assert reply.json["itemNotFound"]["code"] == 404
