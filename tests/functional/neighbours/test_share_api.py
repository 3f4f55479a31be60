"""The embedded share service over HTTP."""

from __future__ import annotations

from tests.functional.neighbours.conftest import Cloud


def test_shares_are_found_by_id_and_name(cloud: Cloud) -> None:
    project = cloud.nova.identity.validate(cloud.token()).project_id
    values = {"project_id": project, "name": "docs", "protocol": "NFS", "export_location": "10.0.0.50:/mnt"}
    mine = cloud.nova.shares.create(values)
    other = cloud.nova.shares.create(values | {"project_id": "somebody", "name": "theirs"})
    shown = cloud.call("GET", f"/share/v2/shares/{mine}").json()["share"]
    assert (shown["name"], shown["share_proto"], shown["status"]) == ("docs", "NFS", "available")
    assert cloud.call("GET", f"/share/v2/shares/{other}").status_code == 404
    assert cloud.call("GET", "/share/v2/shares/docs").status_code == 404

    def listed(query: str = "", user: str = "demo") -> list[str]:
        return [item["id"] for item in cloud.call("GET", f"/share/v2/shares{query}", user).json()["shares"]]

    assert listed() == listed("/detail") == listed("?name=docs") == [mine]
    assert listed("?name=nobody") == []
    assert {mine, other} <= set(listed(user="admin"))


def test_version_documents(cloud: Cloud) -> None:
    reply = cloud.call("GET", "/share/", None)
    assert reply.status_code == 300
    assert reply.json()["versions"][0]["links"][0]["href"] == f"{cloud.url}/share/v2/"
    assert cloud.call("GET", "/share/v2/shares", None).status_code == 401
