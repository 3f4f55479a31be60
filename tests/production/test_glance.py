"""Images from a real Glance: booted from, made of servers, shelved in."""

from __future__ import annotations

import json

from tests.production.conftest import OLD, Keystone, Nova, act, boot


def test_snapshots_by_the_stock_client(nova: Nova, worker: str, cirros: str) -> None:
    server = boot(nova, worker, cirros, "origin")
    assert server["status"] == "ACTIVE", server
    nova.openstack("server", "image", "create", "--wait", "--name", "snap", "origin")
    snapshot = json.loads(nova.openstack("image", "show", "snap", "-f", "json"))
    assert (snapshot["status"], snapshot["visibility"]) == ("active", "private")
    assert snapshot["size"] > 0
    assert snapshot["owner"] == nova.keystone.projects["lab"]
    copy = boot(nova, worker, snapshot["id"], "copy")
    assert copy["status"] == "ACTIVE", copy
    assert act(nova, worker, copy, rebuild={"imageRef": cirros}).status_code == 202
    assert nova.idle(worker, copy["id"])["image"]["id"] == cirros
    for one in (server, copy):
        assert nova.call("DELETE", f"/servers/{one['id']}", worker).status_code == 204
    # Deleting it is Glance's to allow.
    assert nova.call("DELETE", f"/images/{cirros}", worker, **OLD).status_code == 403
    assert nova.call("DELETE", f"/images/{snapshot['id']}", worker, **OLD).status_code == 204


def test_what_glance_hides_is_not_there(nova: Nova, keystone: Keystone, worker: str, cirros: str) -> None:
    server = boot(nova, worker, cirros)
    made = act(nova, worker, server, createImage={"name": "private", "metadata": {"purpose": "test"}})
    assert made.status_code == 202, made.text
    image_id = made.json()["image_id"]
    nova.idle(worker, server["id"])
    shown = nova.call("GET", f"/images/{image_id}", worker, **OLD).json()["image"]
    assert (shown["status"], shown["metadata"]["purpose"]) == ("ACTIVE", "test")
    changed = {"metadata": {"purpose": "other", "more": "1"}}
    reply = nova.call("POST", f"/images/{image_id}/metadata", worker, changed, **OLD)
    assert reply.status_code == 200, reply.text
    stranger = keystone.token("stranger")
    assert nova.call("GET", f"/images/{image_id}", stranger, **OLD).status_code == 404
    body = {"server": {"name": "x", "flavorRef": "1", "networks": "none", "imageRef": image_id}}
    assert nova.call("POST", "/servers", stranger, body).status_code == 400
    assert nova.call("DELETE", f"/images/{image_id}", worker, **OLD).status_code == 204
    assert nova.call("DELETE", f"/servers/{server['id']}", worker).status_code == 204


def test_shelving_keeps_the_disk_in_glance(nova: Nova, keystone: Keystone, worker: str, cirros: str) -> None:
    server = boot(nova, worker, cirros, "shelved")
    assert act(nova, worker, server, shelve=None).status_code == 202
    shelved = nova.idle(worker, server["id"])
    assert shelved["status"] == "SHELVED_OFFLOADED", shelved
    assert act(nova, worker, server, unshelve=None).status_code == 202
    assert nova.idle(worker, server["id"])["status"] == "ACTIVE"
    assert nova.call("DELETE", f"/servers/{server['id']}", worker).status_code == 204
