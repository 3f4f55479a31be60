"""Ports of servers at Neutron: made, bound to hosts, changed, given back.

All of it is asked for as administrator, which binding a port to a host takes.
What Neutron does not keep (which request a port answers, its tag, whether it
goes with its server) stands in our table, and is written so that a crash leaves
no doubt: a user's port is noted before it is bound, one of ours after it was
made.  A port of the server on a host that is not noted was made by us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nova_api import context as contexts
from nova_api import exception
from nova_api.db import Database
from nova_api.db import remote_ports as rows
from nova_api.db.remote_ports import RemotePort
from nova_api.neighbours.networks.neutron.client import Client
from nova_api.neighbours.networks.neutron.documents import Document

_OWNER = "compute:nova"
_UNUSED = {"device_id": "", "device_owner": "", "binding:host_id": None}


class ServerPorts:
    """What ``interface.Networks`` says of the ports of one server."""

    def __init__(self, client: Client, db: Database) -> None:
        self._client = client
        self._db = db
        self._admin = contexts.admin()

    # --- giving ----------------------------------------------------------------------

    def give(
        self,
        server_uuid: str,
        project_id: str,
        request: Mapping[str, Any],
        group_ids: Sequence[str],
        host: str,
        key: str,
    ) -> str:
        """The port for one request of the server: the user's, a new one, or that of the last time."""
        present = {port["id"]: port for port in self.of(server_uuid)}
        noted = {row.request_key: row for row in self._rows(server_uuid)}
        row = noted.get(key)
        if row is not None and row.port_id in present:
            self._bind(present[row.port_id], server_uuid, host)
            return row.port_id
        if request.get("port_id"):
            return self._take(server_uuid, request, host, key)
        known = {one.port_id for one in noted.values()}
        found = next((p for id, p in present.items() if id not in known and _answers(p, request)), None)
        if found is None:
            found = self._make(server_uuid, project_id, request, group_ids, host)
        self._note(RemotePort(found["id"], server_uuid, key, request.get("tag"), made_for_server=True))
        return str(found["id"])

    def _take(self, server_uuid: str, request: Mapping[str, Any], host: str, key: str) -> str:
        port_id = request["port_id"]
        missing = exception.PortNotFound(port_id=port_id)
        port = self._client.call(self._admin, "GET", f"/ports/{port_id}", missing=missing)["port"]
        if port.get("device_id") not in (None, "", server_uuid):
            raise exception.PortInUse(port_id=port_id)
        self._note(RemotePort(port_id, server_uuid, key, request.get("tag"), made_for_server=False))
        self._bind(port, server_uuid, host)
        return str(port_id)

    def _make(
        self,
        server_uuid: str,
        project_id: str,
        request: Mapping[str, Any],
        group_ids: Sequence[str],
        host: str,
    ) -> Document:
        port: dict[str, Any] = {
            "network_id": request["network_id"],
            "project_id": project_id,
            "device_id": server_uuid,
            "device_owner": _OWNER,
            "binding:host_id": host,
            "admin_state_up": True,
        }
        if request.get("fixed_ip"):
            port["fixed_ips"] = [{"ip_address": request["fixed_ip"]}]
        if group_ids and self._filters(request["network_id"]):
            port["security_groups"] = list(group_ids)
        missing = exception.NetworkNotFound(network_id=request["network_id"])
        made: Document = self._client.call(self._admin, "POST", "/ports", {"port": port}, missing=missing)[
            "port"
        ]
        return made

    def _filters(self, network_id: str) -> bool:
        """Whether ports of the network filter, and so may have security groups."""
        missing = exception.NetworkNotFound(network_id=network_id)
        network = self._client.call(self._admin, "GET", f"/networks/{network_id}", missing=missing)["network"]
        return bool(network.get("port_security_enabled", True))

    def _bind(self, port: Document, server_uuid: str, host: str) -> None:
        wanted: dict[str, Any] = {
            "device_id": server_uuid,
            "device_owner": _OWNER,
            "binding:host_id": host or None,
        }
        if any((port.get(name) or "") != (wanted[name] or "") for name in wanted):
            self._update(port["id"], wanted)

    # --- moving and taking --------------------------------------------------------------

    def move(self, server_uuid: str, host: str) -> None:
        """Every port of the server to ``host``; to none, for ""."""
        for port in self.of(server_uuid):
            self._bind(port, server_uuid, host)

    def give_back(self, server_uuid: str, port_id: str | None = None) -> None:
        """One port of the server, or all: deletes what was made for it, unbinds what users gave it."""
        noted = {row.port_id: row for row in self._rows(server_uuid)}
        for port in self.of(server_uuid):
            if port_id not in (None, port["id"]):
                continue
            row = noted.get(port["id"])
            ours = row.made_for_server if row is not None else bool(port.get("binding:host_id"))
            if ours:
                self._delete(port["id"])
            else:
                self._unbind(port["id"])
        with self._db.writer() as conn:
            rows.remove(conn, noted if port_id is None else [port_id])

    def _delete(self, port_id: str) -> None:
        try:
            self._client.call(self._admin, "DELETE", f"/ports/{port_id}")
        except exception.NotFound:
            return

    def _unbind(self, port_id: str) -> None:
        try:
            self._update(port_id, _UNUSED)
        except exception.NotFound:
            return

    # --- addresses and groups -------------------------------------------------------------

    def add_address(self, server_uuid: str, network_id: str) -> None:
        """One more address for the first port on the network, IPv4 where that is to be had."""
        port = next((p for p in self.of(server_uuid) if p["network_id"] == network_id), None)
        if port is None:
            raise exception.NetworkNotFound(network_id=network_id)
        subnets = self._client.list(self._admin, "/subnets", "subnets", [("network_id", network_id)])
        of_version = [subnet for subnet in subnets if subnet["ip_version"] == 4] or subnets
        for subnet in of_version:
            try:
                self._update(port["id"], {"fixed_ips": [*_held(port), {"subnet_id": subnet["id"]}]})
                return
            except exception.NoMoreAddresses:
                continue
        raise exception.NoMoreAddresses(network_id=network_id)

    def remove_address(self, server_uuid: str, address: str) -> None:
        """Takes one address from the port that has it."""
        for port in self.of(server_uuid):
            kept = [ip for ip in _held(port) if ip["ip_address"] != address]
            if len(kept) < len(_held(port)):
                self._update(port["id"], {"fixed_ips": kept})
                return
        raise exception.FixedIPNotFound(server_id=server_uuid, address=address)

    def add_group(self, server_uuid: str, group_id: str) -> None:
        """On every port; on those that have it already nothing changes."""
        ports = self.of(server_uuid)
        if not ports:
            raise exception.PortNotFound(f"Instance {server_uuid} has no port: none could be found.")
        if not all(port.get("port_security_enabled", True) for port in ports):
            raise exception.SecurityGroupCannotBeApplied(server_id=server_uuid)
        for port in ports:
            present = list(port.get("security_groups") or ())
            if group_id not in present:
                self._update(port["id"], {"security_groups": [*present, group_id]})

    def remove_group(self, server_uuid: str, group_id: str) -> None:
        """From every port that has it."""
        having = [p for p in self.of(server_uuid) if group_id in (p.get("security_groups") or ())]
        if not having:
            raise exception.SecurityGroupNotOfServer(security_group_id=group_id, server_id=server_uuid)
        for port in having:
            left = [group for group in port["security_groups"] if group != group_id]
            self._update(port["id"], {"security_groups": left})

    # --- what the above are made of ---------------------------------------------------------

    def of(self, server_uuid: str) -> list[Document]:
        """The server's ports, in the order in which they were given."""
        found = self._client.list(self._admin, "/ports", "ports", [("device_id", server_uuid)])
        order = [row.port_id for row in self._rows(server_uuid)]
        return sorted(found, key=lambda port: _place(order, port["id"]))

    def _rows(self, server_uuid: str) -> list[RemotePort]:
        with self._db.reader() as conn:
            return rows.of_servers(conn, [server_uuid])

    def _note(self, row: RemotePort) -> None:
        def attempt() -> None:
            with self._db.writer() as conn:
                stale = [old.port_id for old in rows.of_servers(conn, [row.server_uuid]) if _same(old, row)]
                rows.remove(conn, stale)
                rows.insert(conn, row)

        self._db.retrying(attempt)

    def _update(self, port_id: str, values: Mapping[str, Any]) -> None:
        missing = exception.PortNotFound(port_id=port_id)
        self._client.call(self._admin, "PUT", f"/ports/{port_id}", {"port": values}, missing=missing)


def _same(old: RemotePort, new: RemotePort) -> bool:
    """Whether both answer the same request: the old port is gone then."""
    return old.request_key == new.request_key


def _place(order: Sequence[str], port_id: str) -> int:
    return order.index(port_id) if port_id in order else len(order)


def _held(port: Document) -> list[dict[str, Any]]:
    return [
        {"subnet_id": ip["subnet_id"], "ip_address": ip["ip_address"]} for ip in port.get("fixed_ips") or ()
    ]


def _answers(port: Document, request: Mapping[str, Any]) -> bool:
    """Whether a port that we made, and did not come to note, is the one that was asked for."""
    if port["network_id"] != request["network_id"] or not port.get("binding:host_id"):
        return False
    asked = request.get("fixed_ip")
    return asked is None or any(ip["ip_address"] == asked for ip in port.get("fixed_ips") or ())
