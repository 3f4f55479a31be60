"""Server groups, aggregates, services, hypervisors and quotas, with the stock ``openstack`` command."""

from __future__ import annotations

from tests.clients.conftest import Cloud


def test_server_groups(cloud: Cloud) -> None:
    made = cloud.json(
        *("--os-compute-api-version", "2.64", "server", "group", "create", "--policy", "anti-affinity"),
        *("--rule", "max_server_per_host=2", "apart"),
    )
    assert made["policy"] == "anti-affinity"
    server = cloud.json(
        *("server", "create", "--image", "cirros", "--flavor", "m1.tiny", "--network", "private"),
        *("--hint", f"group={made['id']}", "--wait", "grouped"),
    )
    assert server["status"] == "ACTIVE"
    shown = cloud.json("--os-compute-api-version", "2.64", "server", "group", "show", "apart")
    assert server["id"] in str(shown["members"])
    cloud.openstack("server", "delete", "--wait", "grouped")
    cloud.openstack("server", "group", "delete", "apart")
    assert cloud.json("server", "group", "list") == []


def test_aggregates_and_services(cloud: Cloud) -> None:
    (service,) = cloud.json("compute", "service", "list", "--service", "nova-compute", cloud="admin")
    host = service["Host"]
    cloud.openstack("aggregate", "create", "--zone", "east", "--property", "ssd=yes", "fast", cloud="admin")
    cloud.openstack("aggregate", "add", "host", "fast", host, cloud="admin")
    shown = cloud.json("aggregate", "show", "fast", cloud="admin")
    assert (shown["hosts"], shown["availability_zone"]) == ([host], "east")
    assert cloud.json("availability", "zone", "list", "--compute")[0]["Zone Name"] == "east"
    cloud.openstack("aggregate", "remove", "host", "fast", host, cloud="admin")
    cloud.openstack("aggregate", "unset", "--property", "ssd", "fast", cloud="admin")
    cloud.openstack("aggregate", "delete", "fast", cloud="admin")

    cloud.openstack(
        *("compute", "service", "set", "--disable", "--disable-reason", "broken", host, "nova-compute"),
        cloud="admin",
    )
    listed = cloud.json("compute", "service", "list", "--long", "--host", host, cloud="admin")
    assert "broken" in [service["Disabled Reason"] for service in listed]
    cloud.openstack("compute", "service", "set", "--enable", host, "nova-compute", cloud="admin")


def test_hypervisors(cloud: Cloud) -> None:
    (listed,) = cloud.json("hypervisor", "list", cloud="admin")
    assert listed["State"] == "up"
    name = listed["Hypervisor Hostname"]
    assert cloud.json("hypervisor", "show", name, cloud="admin")["hypervisor_hostname"] == name
    totals = cloud.json("--os-compute-api-version", "2.87", "hypervisor", "stats", "show", cloud="admin")
    assert totals["count"] == 1


def test_quotas(cloud: Cloud) -> None:
    def instances(*arguments: str) -> int:
        rows = cloud.json("quota", "show", "--compute", *arguments, cloud="admin")
        return next(int(row["Limit"]) for row in rows if row["Resource"] == "instances")

    usual = instances("demo")
    cloud.openstack("quota", "set", "--instances", "33", "demo", cloud="admin")
    assert instances("demo") == 33
    assert instances("--default") == usual
    cloud.openstack("quota", "delete", "--compute", "demo", cloud="admin")
    assert instances("demo") == usual
