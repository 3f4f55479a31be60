"""NICs of servers out of Neutron's ports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from nova_api import context as contexts
from nova_api.db import Database
from nova_api.db import remote_ports as rows
from nova_api.neighbours.networks.interface import Nic
from nova_api.neighbours.networks.neutron.client import Client
from nova_api.neighbours.networks.neutron.documents import Document, fixed_ips, version_of


class Nics:
    """``nics_of`` of the interface: four lists of Neutron, however many servers."""

    def __init__(self, client: Client, db: Database) -> None:
        self._client = client
        self._db = db

    def of(self, server_uuids: Collection[str]) -> dict[str, list[Nic]]:
        admin = contexts.admin()
        ports = list(self._client.having(admin, "/ports", "ports", "device_id", server_uuids))
        if not ports:
            return {}
        networks = {port["network_id"] for port in ports}
        labels = self._names("/networks", "networks", networks)
        group_ids = {group for port in ports for group in port.get("security_groups") or ()}
        groups = self._names("/security-groups", "security_groups", group_ids)
        floating = defaultdict(list)
        port_ids = [port["id"] for port in ports]
        for one in self._client.having(admin, "/floatingips", "floatingips", "port_id", port_ids):
            floating[one["port_id"]].append(one)
        with self._db.reader() as conn:
            noted = {
                row.port_id: (place, row) for place, row in enumerate(rows.of_servers(conn, server_uuids))
            }
        found: dict[str, list[Nic]] = defaultdict(list)
        for port in sorted(
            ports, key=lambda port: noted[port["id"]][0] if port["id"] in noted else len(noted)
        ):
            row = noted[port["id"]][1] if port["id"] in noted else None
            nic = _nic(port, labels, groups, floating[port["id"]])
            nic |= {"tag": row and row.tag, "made_for_server": row is not None and row.made_for_server}
            found[port["device_id"]].append(nic)
        return dict(found)

    def _names(self, path: str, key: str, ids: Collection[str]) -> dict[str, str]:
        found = self._client.having(contexts.admin(), path, key, "id", ids)
        return {one["id"]: one.get("name") or "" for one in found}


def _nic(
    port: Document, labels: dict[str, str], groups: dict[str, str], floating: Collection[Document]
) -> Nic:
    return {
        "port_id": port["id"],
        "network_id": port["network_id"],
        "label": labels.get(port["network_id"], ""),
        "mac": port["mac_address"],
        "fixed_ips": list(fixed_ips(port)),
        "floating_ips": [
            {
                "address": one["floating_ip_address"],
                "version": version_of(one["floating_ip_address"]),
                "fixed_address": one.get("fixed_ip_address"),
            }
            for one in floating
        ],
        "security_groups": [groups.get(group, group) for group in port.get("security_groups") or ()],
        "status": port.get("status") or "",
    }
