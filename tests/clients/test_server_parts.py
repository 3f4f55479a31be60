"""What is inside and beside servers, with the stock commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.conftest import Cloud

NAME = "parts"


@pytest.fixture(scope="module")
def server(cloud: Cloud) -> Iterator[str]:
    """An ACTIVE server on the network private; its name."""
    boot = ("--image", "cirros", "--flavor", "m1.tiny", "--network", "private", "--wait")
    assert cloud.json("server", "create", *boot, NAME)["status"] == "ACTIVE"
    yield NAME
    cloud.openstack("server", "delete", "--wait", NAME)
    assert not cloud.json("port", "list")


def until(condition: Any) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.2)


def test_metadata_and_tags(cloud: Cloud, server: str) -> None:
    cloud.openstack("server", "set", "--property", "colour=blue", "--tag", "web", server)
    shown = cloud.json("server", "show", server)
    assert shown["properties"] == {"colour": "blue"}
    assert shown["tags"] == ["web"]
    cloud.openstack("server", "unset", "--property", "colour", "--tag", "web", server)
    shown = cloud.json("server", "show", server)
    assert (shown["properties"], shown["tags"]) == ({}, [])
    cloud.nova("meta", server, "set", "size=xl")
    cloud.nova("server-tag-add", server, "green")
    assert "green" in cloud.nova("server-tag-list", server)
    cloud.nova("server-tag-delete-all", server)
    cloud.nova("meta", server, "delete", "size")


def test_ports_networks_and_addresses(cloud: Cloud, server: str) -> None:
    def count() -> int:
        return len(cloud.json("port", "list", "--server", server))

    assert count() == 1
    cloud.openstack("server", "add", "network", server, "private")
    assert count() == 2
    port = cloud.json("port", "create", "--network", "private", "spare")["id"]
    cloud.openstack("server", "add", "port", server, "spare")
    assert port in cloud.nova("interface-list", server)
    cloud.openstack("server", "remove", "port", server, "spare")
    until(lambda: count() == 2)
    cloud.openstack("port", "delete", "spare")
    cloud.openstack("server", "add", "fixed", "ip", server, "private")
    until(lambda: count() == 3)
    address = cloud.json("floating", "ip", "create", "public")["floating_ip_address"]
    cloud.openstack("server", "add", "floating", "ip", server, address)
    assert address in str(cloud.json("server", "show", server)["addresses"])
    cloud.openstack("server", "remove", "floating", "ip", server, address)
    cloud.openstack("floating", "ip", "delete", address)
    cloud.openstack("server", "remove", "network", server, "private")
    until(lambda: count() == 0)


def test_security_groups(cloud: Cloud, server: str) -> None:
    cloud.openstack("server", "add", "network", server, "private")
    cloud.openstack("security", "group", "create", "web")
    cloud.openstack("server", "add", "security", "group", server, "web")
    assert "web" in str(cloud.json("server", "show", server)["security_groups"])
    assert "web" in cloud.nova("list-secgroup", server)
    cloud.openstack("server", "remove", "security", "group", server, "web")
    cloud.openstack("security", "group", "delete", "web")


def test_consoles(cloud: Cloud, server: str) -> None:
    assert "LAST LINE" in cloud.openstack("console", "log", "show", server)
    assert "LAST LINE" in cloud.nova("console-log", "--length", "1", server)
    shown = cloud.json("console", "url", "show", "--novnc", server)
    assert shown["url"].startswith("http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D")
    assert "6080" in cloud.nova("get-vnc-console", server, "novnc")


def test_what_it_is_doing(cloud: Cloud, server: str) -> None:
    # Administrators find other projects' servers by id only.
    server_id = cloud.json("server", "show", server)["id"]
    assert "cpu" in cloud.openstack("server", "show", "--diagnostics", server_id, cloud="admin")
    topology = ("--os-compute-api-version", "2.78", "server", "show", "--topology", server)
    assert "topology" in cloud.openstack(*topology)
    cloud.nova("clear-password", server)
