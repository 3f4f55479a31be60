"""The embedded network service over HTTP."""

from __future__ import annotations

import itertools
import uuid

import pytest
import requests

from tests.functional.neighbours.conftest import Cloud

_third = itertools.count(1)


class Client:
    def __init__(self, cloud: Cloud, user: str = "demo") -> None:
        self.cloud = cloud
        self.user = user

    def call(self, method: str, path: str, **options: object) -> requests.Response:
        return self.cloud.call(method, f"/network/v2.0/{path}", self.user, **options)

    def create(self, path: str, key: str, **fields: object) -> dict:
        reply = self.call("POST", path, json={key: fields})
        assert reply.status_code == 201, reply.text
        return reply.json()[key]

    def list(self, path: str, query: str = "") -> list[dict]:
        reply = self.call("GET", path + query)
        assert reply.status_code == 200, reply.text
        return reply.json()[path.replace("-", "_")]

    def network(self, **fields: object) -> dict:
        made = self.create("networks", "network", name="n", **fields)
        cidr = f"10.20.{next(_third)}.0/24"
        made["subnet"] = self.create("subnets", "subnet", network_id=made["id"], cidr=cidr, ip_version=4)
        return made


@pytest.fixture
def demo(cloud: Cloud) -> Client:
    return Client(cloud)


@pytest.fixture
def admin(cloud: Cloud) -> Client:
    return Client(cloud, "admin")


def test_version_documents_need_no_token(cloud: Cloud) -> None:
    for path in ("/network", "/network/"):
        reply = cloud.call("GET", path, None)
        assert reply.status_code == 200
        assert reply.json()["versions"][0]["links"][0]["href"] == f"{cloud.url}/network/v2.0/"
    assert cloud.call("GET", "/network/v2.0/networks", None).status_code == 401


def test_a_name_is_not_an_id(demo: Client) -> None:
    for path, kind in (
        ("networks", "NetworkNotFound"),
        ("subnets", "SubnetNotFound"),
        ("ports", "PortNotFound"),
        ("security-groups", "SecurityGroupNotFound"),
        ("security-group-rules", "SecurityGroupRuleNotFound"),
        ("floatingips", "FloatingIPNotFound"),
        ("routers", "RouterNotFound"),
    ):
        for method in ("GET", "DELETE"):
            reply = demo.call(method, f"{path}/private")
            assert reply.status_code == 404
            assert reply.json()["NeutronError"]["type"] == kind
    (private,) = demo.list("networks", "?name=private")
    assert private["shared"] is True


def test_projects_see_their_own_and_what_is_shared(demo: Client, admin: Client) -> None:
    mine, theirs = demo.network(), admin.network()
    seen = {network["id"] for network in demo.list("networks")}
    assert mine["id"] in seen
    assert theirs["id"] not in seen
    assert {"private", "public"} <= {network["name"] for network in demo.list("networks")}
    assert {mine["id"], theirs["id"]} <= {network["id"] for network in admin.list("networks")}
    assert theirs["subnet"]["id"] not in {subnet["id"] for subnet in demo.list("subnets")}
    assert demo.call("GET", f"networks/{theirs['id']}").status_code == 404
    private = demo.list("networks", "?name=private")[0]
    assert demo.call("PUT", f"networks/{private['id']}", json={"network": {"name": "x"}}).status_code == 403
    assert demo.call("POST", "networks", json={"network": {"shared": True}}).status_code == 403
    assert demo.call("POST", "networks", json={"network": {"project_id": "other"}}).status_code == 403


def test_subnets(demo: Client) -> None:
    network = demo.network()
    subnet = network["subnet"]
    base = subnet["cidr"].rsplit(".", 1)[0]
    assert subnet["gateway_ip"] == f"{base}.1"
    assert subnet["allocation_pools"] == [{"start": f"{base}.2", "end": f"{base}.254"}]
    refused = [
        {"cidr": "10.0.0.0/33"},
        {"cidr": subnet["cidr"]},
        {"cidr": "fd00::/64", "ip_version": 4},
        {"cidr": "10.77.0.0/24", "gateway_ip": "10.78.0.1"},
        {"cidr": "10.77.0.0/24", "allocation_pools": [{"start": "10.77.0.9", "end": "10.77.0.3"}]},
        {},
    ]
    for fields in refused:
        body = {"subnet": {"network_id": network["id"], **fields}}
        assert demo.call("POST", "subnets", json=body).status_code == 400, fields
    demo.create("ports", "port", network_id=network["id"])
    assert demo.call("DELETE", f"subnets/{subnet['id']}").status_code == 409
    assert demo.call("DELETE", f"networks/{network['id']}").status_code == 409
    other = demo.network()
    assert demo.call("DELETE", f"networks/{other['id']}").status_code == 204
    assert demo.call("GET", f"subnets/{other['subnet']['id']}").status_code == 404


def test_ports(demo: Client, admin: Client) -> None:
    network = demo.network()
    base = network["subnet"]["cidr"].rsplit(".", 1)[0]
    port = demo.create("ports", "port", network_id=network["id"], fixed_ips=[{"ip_address": f"{base}.9"}])
    assert port["fixed_ips"] == [{"subnet_id": network["subnet"]["id"], "ip_address": f"{base}.9"}]
    assert len(port["security_groups"]) == 1
    for address, status in ((f"{base}.9", 409), ("10.99.0.1", 400), ("nonsense", 400)):
        body = {"port": {"network_id": network["id"], "fixed_ips": [{"ip_address": address}]}}
        assert demo.call("POST", "ports", json=body).status_code == status
    same_mac = {"network_id": network["id"], "mac_address": port["mac_address"].upper()}
    assert demo.call("POST", "ports", json={"port": same_mac}).status_code == 409
    moved = {"fixed_ips": [{"ip_address": f"{base}.9"}, {"ip_address": f"{base}.10"}], "security_groups": []}
    changed = demo.call("PUT", f"ports/{port['id']}", json={"port": moved}).json()["port"]
    assert [ip["ip_address"] for ip in changed["fixed_ips"]] == [f"{base}.9", f"{base}.10"]
    assert changed["security_groups"] == []
    less = demo.call("PUT", f"ports/{port['id']}", json={"port": {"fixed_ips": []}}).json()["port"]
    assert less["fixed_ips"] == []
    public = demo.list("networks", "?name=public")[0]["id"]
    assert demo.call("POST", "ports", json={"port": {"network_id": public}}).status_code == 403
    assert demo.call("PUT", f"ports/{port['id']}", json={"port": {"binding:host_id": "h"}}).status_code == 403
    assert (
        admin.call("PUT", f"ports/{port['id']}", json={"port": {"binding:host_id": "h"}}).status_code == 200
    )
    assert [item["id"] for item in admin.list("ports", "?binding:host_id=h")] == [port["id"]]


def test_filters_fields_and_pages(demo: Client) -> None:
    network = demo.network()
    server = str(uuid.uuid4())
    ports = [
        demo.create(
            "ports", "port", network_id=network["id"], name=f"p{n}", device_id=server if n < 2 else ""
        )
        for n in range(4)
    ]
    mine = f"?network_id={network['id']}"
    assert {port["name"] for port in demo.list("ports", f"?device_id={server}")} == {"p0", "p1"}
    assert len(demo.list("ports", f"{mine}&name=p1&name=p2")) == 2
    assert demo.list("ports", f"{mine}&name=p1&fields=id&fields=name") == [
        {"id": ports[1]["id"], "name": "p1"}
    ]
    address = ports[2]["fixed_ips"][0]["ip_address"]
    assert [port["name"] for port in demo.list("ports", f"?fixed_ips=ip_address%3D{address}")] == ["p2"]
    group = ports[0]["security_groups"][0]
    assert len(demo.list("ports", f"{mine}&security_groups={group}")) == 4
    down = demo.list("ports", f"{mine}&sort_key=name&sort_dir=desc")
    assert [port["name"] for port in down] == ["p3", "p2", "p1", "p0"]
    back = demo.list("ports", f"{mine}&sort_key=name&limit=2&page_reverse=True&marker={ports[3]['id']}")
    assert [port["name"] for port in back] == ["p1", "p2"]
    seen, url = [], f"{demo.cloud.url}/network/v2.0/ports{mine}&limit=3"
    while url:
        page = demo.cloud.call("GET", url.removeprefix(demo.cloud.url)).json()
        seen += [port["name"] for port in page["ports"]]
        url = next((link["href"] for link in page.get("ports_links", ()) if link["rel"] == "next"), None)
    assert seen == ["p0", "p1", "p2", "p3"]
    assert demo.list("networks", "?router:external=True&name=public")
    for query in (
        "?color=red",
        "?limit=x",
        "?sort_key=color",
        "?admin_state_up=perhaps",
        "?fixed_ips=color%3Dred",
    ):
        assert demo.call("GET", f"ports{query}").status_code == 400, query


def test_security_groups_and_rules(demo: Client, admin: Client) -> None:
    (default,) = demo.list("security-groups", "?name=default")
    assert len(default["security_group_rules"]) == 4
    web = demo.create("security-groups", "security_group", name="web", description="w")
    assert {rule["direction"] for rule in web["security_group_rules"]} == {"egress"}
    rule = {"security_group_id": web["id"], "direction": "ingress", "protocol": "TCP"}
    ports = {"port_range_min": 80, "port_range_max": 81}
    made = demo.create(
        "security-group-rules", "security_group_rule", **rule, **ports, remote_ip_prefix="10.1.2.3/8"
    )
    assert (made["protocol"], made["ethertype"], made["remote_ip_prefix"]) == ("tcp", "IPv4", "10.0.0.0/8")
    refused = [
        (rule | ports | {"remote_ip_prefix": "10.0.0.0/8"}, 409),
        (rule | {"port_range_min": 90, "port_range_max": 80}, 400),
        (rule | {"port_range_min": 80}, 400),
        (rule | {"protocol": None} | ports, 400),
        (rule | {"remote_ip_prefix": "fd00::/8"}, 400),
        (rule | {"remote_group_id": str(uuid.uuid4())}, 404),
        (rule | {"direction": "up"}, 400),
        (rule | {"port_range_min": 1, "port_range_max": 70000}, 400),
        ({"security_group_id": str(uuid.uuid4()), "direction": "ingress"}, 404),
    ]
    for fields, status in refused:
        reply = demo.call("POST", "security-group-rules", json={"security_group_rule": fields})
        assert reply.status_code == status, fields
    assert (
        demo.call("POST", "security-groups", json={"security_group": {"name": "default"}}).status_code == 409
    )
    renamed = {"security_group": {"name": "x"}}
    assert demo.call("PUT", f"security-groups/{default['id']}", json=renamed).status_code == 400
    assert demo.call("DELETE", f"security-groups/{default['id']}").status_code == 409
    port = demo.create("ports", "port", network_id=demo.network()["id"], security_groups=[web["id"]])
    assert demo.call("DELETE", f"security-groups/{web['id']}").status_code == 409
    assert demo.call("DELETE", f"ports/{port['id']}").status_code == 204
    theirs = admin.create("security-groups", "security_group", name="theirs")
    assert demo.call("GET", f"security-groups/{theirs['id']}").status_code == 404
    assert demo.call("DELETE", f"security-group-rules/{made['id']}").status_code == 204
    assert demo.call("DELETE", f"security-groups/{web['id']}").status_code == 204


def test_floating_ips(demo: Client, admin: Client) -> None:
    public = demo.list("networks", "?name=public")[0]["id"]
    network = demo.network()
    port = demo.create("ports", "port", network_id=network["id"])
    made = demo.create("floatingips", "floatingip", floating_network_id=public, port_id=port["id"])
    assert made["fixed_ip_address"] == port["fixed_ips"][0]["ip_address"]
    assert made["floating_ip_address"].startswith("203.0.113.")
    free = demo.create("floatingips", "floatingip", floating_network_id=public)
    taken = {"floatingip": {"port_id": port["id"]}}
    assert demo.call("PUT", f"floatingips/{free['id']}", json=taken).status_code == 409
    for fields, status in (
        ({"floating_network_id": network["id"]}, 400),
        ({"floating_network_id": str(uuid.uuid4())}, 404),
        ({"floating_network_id": public, "port_id": str(uuid.uuid4())}, 404),
        ({"floating_network_id": public, "floating_ip_address": made["floating_ip_address"]}, 409),
    ):
        assert demo.call("POST", "floatingips", json={"floatingip": fields}).status_code == status, fields
    assert [item["id"] for item in demo.list("floatingips", f"?port_id={port['id']}")] == [made["id"]]
    stands_for = admin.list("ports", f"?device_id={made['id']}")[0]
    assert stands_for["id"] not in {item["id"] for item in demo.list("ports")}
    assert admin.call("DELETE", f"ports/{stands_for['id']}").status_code == 409
    assert demo.call("DELETE", f"ports/{port['id']}").status_code == 204
    left = demo.call("GET", f"floatingips/{made['id']}").json()["floatingip"]
    assert (left["port_id"], left["status"]) == (None, "DOWN")
    for item in (made, free):
        assert demo.call("DELETE", f"floatingips/{item['id']}").status_code == 204
    assert admin.list("ports", "?device_owner=network:floatingip") == []


def test_routers(demo: Client) -> None:
    made = demo.create("routers", "router", name="r")
    assert [item["id"] for item in demo.list("routers", "?name=r")] == [made["id"]]
    changed = demo.call("PUT", f"routers/{made['id']}", json={"router": {"name": "s"}}).json()
    assert changed["router"]["name"] == "s"
    assert demo.call("DELETE", f"routers/{made['id']}").status_code == 204


def test_quotas_extensions_and_zones(demo: Client) -> None:
    project = demo.cloud.nova.identity.users("demo")[0].default_project_id
    assert demo.call("GET", f"quotas/{project}").json()["quota"]["port"] == -1
    details = demo.call("GET", f"quotas/{project}/details.json").json()["quota"]
    assert details["network"]["used"] == len([n for n in demo.list("networks") if n["project_id"] == project])
    assert demo.call("GET", "quotas/other").status_code == 403
    aliases = {item["alias"] for item in demo.list("extensions")}
    assert {"security-group", "external-net"} <= aliases
    assert demo.call("GET", "extensions/security-group").status_code == 200
    assert demo.call("GET", "extensions/nothing").status_code == 404
    assert demo.list("availability_zones")[0]["name"] == "nova"


def test_errors_have_the_envelope_of_this_api(demo: Client) -> None:
    for method, path, status in (
        ("GET", "nothing", 404),
        ("PATCH", "networks", 405),
        ("POST", "networks", 400),
    ):
        reply = demo.call(method, path)
        assert reply.status_code == status
        assert set(reply.json()["NeutronError"]) == {"type", "message", "detail"}
    assert demo.call("PATCH", "networks").headers["Allow"] == "GET, POST"


NASTY = [
    "\0",
    "x" * 2_500,
    "ü€𝄞",
    "'; DROP TABLE network_ports; --",
    "%s%(x)s",
    "../../etc",
    "-1",
    "fe80::1%eth0",
]


@pytest.mark.parametrize("nasty", NASTY, ids=lambda text: repr(text[:8]))
def test_nasty_strings_are_refused_or_kept_but_never_break_anything(nasty: str, cloud: Cloud) -> None:
    quoted = requests.utils.quote(nasty, safe="")[:2000]
    paths = ("networks", "subnets", "ports", "security-groups", "floatingips", "routers")
    asked = [("GET", f"/network/v2.0/{path}/{quoted}", None) for path in paths]
    asked += [("GET", f"/network/v2.0/{path}?name={quoted}", None) for path in paths[:4]]
    asked += [("GET", f"/image/v2/images/{quoted}", None), ("GET", f"/image/v2/images?name={quoted}", None)]
    asked += [
        ("GET", f"/identity/v3/users/{quoted}", None),
        ("GET", f"/identity/v3/users?name={quoted}", None),
    ]
    network = {"cidr": "10.0.0.0/24", "network_id": nasty}
    bodies = [
        ("/network/v2.0/networks", {"network": {"name": nasty, "description": nasty, "project_id": nasty}}),
        ("/network/v2.0/subnets", {"subnet": network}),
        ("/network/v2.0/subnets", {"subnet": {"network_id": str(uuid.uuid4()), "cidr": nasty}}),
        ("/network/v2.0/ports", {"port": {"network_id": nasty}}),
        ("/network/v2.0/security-groups", {"security_group": {"name": nasty}}),
        ("/image/v2/images", {"name": nasty, nasty[:300]: nasty}),
        ("/image/v2/images", {"disk_format": nasty}),
        ("/identity/v3/users", {"user": {"name": nasty, "password": nasty}}),
        ("/identity/v3/projects", {"project": {"name": nasty, "description": nasty}}),
    ]
    asked += [("POST", path, body) for path, body in bodies]
    for method, path, body in asked:
        reply = cloud.call(method, path, "admin", json=body)
        assert reply.status_code < 500, (method, path[:80], reply.text)
    user = {"name": nasty, "password": f"not {nasty}"}
    login = {"identity": {"methods": ["password"], "password": {"user": user}}}
    reply = cloud.call("POST", "/identity/v3/auth/tokens", None, json={"auth": login})
    assert reply.status_code in (400, 401)
