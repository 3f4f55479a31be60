"""Comes after the other files: here Glance is ended for good."""

from __future__ import annotations

import subprocess

from tests.functional.neighbours.standing_in import until
from tests.production.conftest import OLD, Nova, boot


def test_glance_that_is_down(nova: Nova, worker: str, cirros: str, glance: subprocess.Popen[bytes]) -> None:
    """Comes last of those with Glance: it is ended here."""
    server = boot(nova, worker, cirros, "left")
    glance.terminate()
    glance.wait(timeout=30)
    for method, path, body in (
        ("GET", "/images", None),
        (
            "POST",
            "/servers",
            {"server": {"name": "x", "flavorRef": "1", "networks": "none", "imageRef": cirros}},
        ),
        ("POST", f"/servers/{server['id']}/action", {"createImage": {"name": "never"}}),
    ):
        version = OLD if path == "/images" else {}
        reply = nova.call(method, path, worker, body, **version)
        assert reply.status_code == 503, (path, reply.text)
        assert int(reply.headers["Retry-After"]) > 0
        assert "image service" in reply.json()["serviceUnavailable"]["message"]
    assert nova.idle(worker, server["id"])["status"] == "ACTIVE"
    assert nova.call("DELETE", f"/servers/{server['id']}", worker).status_code == 204
    until(lambda: nova.call("GET", f"/servers/{server['id']}", worker).status_code == 404, "it is gone")
