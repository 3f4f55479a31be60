"""Tags of the embedded network service's resources, over HTTP."""

from __future__ import annotations

import pytest
import requests

from tests.functional.neighbours.conftest import Cloud


def _call(cloud: Cloud, method: str, path: str, user: str = "demo", **options: object) -> requests.Response:
    return cloud.call(method, f"/network/v2.0/{path}", user, **options)


@pytest.fixture
def network(cloud: Cloud) -> str:
    made = _call(cloud, "POST", "networks", json={"network": {"name": "tagged"}})
    return str(made.json()["network"]["id"])


def test_tags_come_and_go(cloud: Cloud, network: str) -> None:
    tags = f"networks/{network}/tags"
    assert _call(cloud, "GET", tags).json() == {"tags": []}
    assert _call(cloud, "PUT", tags, json={"tags": ["b", "a", "b"]}).json() == {"tags": ["a", "b"]}
    assert _call(cloud, "PUT", f"{tags}/c").status_code == 201
    assert _call(cloud, "PUT", f"{tags}/c").status_code == 201
    assert _call(cloud, "GET", f"networks/{network}").json()["network"]["tags"] == ["a", "b", "c"]
    assert _call(cloud, "GET", f"{tags}/c").status_code == 204
    assert _call(cloud, "DELETE", f"{tags}/c").status_code == 204
    assert _call(cloud, "GET", f"{tags}/c").status_code == 404
    assert _call(cloud, "DELETE", f"{tags}/c").status_code == 404
    assert _call(cloud, "DELETE", tags).status_code == 204
    assert _call(cloud, "GET", tags).json() == {"tags": []}


def test_lists_are_filtered_by_tags(cloud: Cloud, network: str) -> None:
    other = _call(cloud, "POST", "networks", json={"network": {"name": "other"}}).json()["network"]["id"]
    _call(cloud, "PUT", f"networks/{network}/tags", json={"tags": ["red", "blue"]})
    _call(cloud, "PUT", f"networks/{other}/tags", json={"tags": ["red"]})

    def listed(query: str) -> set[str]:
        found = _call(cloud, "GET", f"networks?{query}").json()["networks"]
        return {item["id"] for item in found} & {network, other}

    assert listed("tags=red") == {network, other}
    assert listed("tags=red,blue") == {network}
    assert listed("tags-any=blue,green") == {network}
    assert listed("not-tags=red,blue") == {other}
    assert listed("not-tags-any=blue") == {other}


def test_a_tag_goes_with_what_had_it(cloud: Cloud, network: str) -> None:
    _call(cloud, "PUT", f"networks/{network}/tags/x")
    assert _call(cloud, "DELETE", f"networks/{network}").status_code == 204
    assert cloud.nova.networks.tags.of([network]) == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "networks/nothing/tags", None, 404),
        ("GET", "wheels/{}/tags", None, 404),
        ("PUT", "networks/{}/tags", {"tags": "a"}, 400),
        ("PUT", "networks/{}/tags", {"tags": [""]}, 400),
        ("PUT", "networks/{}/tags/" + "x" * 256, None, 400),
    ],
)
def test_what_cannot_be_tagged(
    cloud: Cloud, network: str, method: str, path: str, body: object, status: int
) -> None:
    reply = _call(cloud, method, path.format(network), **({"json": body} if body else {}))
    assert reply.status_code == status, reply.text
    assert reply.json()["NeutronError"]["message"]


def test_only_who_may_change_it_tags_it(cloud: Cloud) -> None:
    public = next(
        item for item in _call(cloud, "GET", "networks").json()["networks"] if item["router:external"]
    )
    assert _call(cloud, "PUT", f"networks/{public['id']}/tags/mine").status_code == 403
    assert _call(cloud, "PUT", f"networks/{public['id']}/tags/theirs", "admin").status_code == 201
