"""Ports of a server that exists: one more, one less, other addresses, other security groups."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db import networks as rows
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.networks import ipam, related
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.interface import SecurityGroup
from nova_api.neighbours.networks.ports import PortPart, give_addresses, insert_port, remove_ports
from nova_api.neighbours.networks.security import SecurityGroupPart
from nova_api.neighbours.quotas import NETWORK

_T = TypeVar("_T")
_p = schema.ports.c
#: Runs of a change that lost a race (a MAC, a position, an address) before it gives up.
_ATTEMPTS = 4
#: Names the port that an attachment makes, so that the same attachment, run again, finds it.
_ATTACHMENTS = uuids.UUID("5c0b3a3e-6a0e-4d3a-9d2b-8d1f2a1c7e40")


class ServerPorts:
    """The part of the network service that changes the ports of a running server."""

    def __init__(self, db: Database, ports: PortPart, groups: SecurityGroupPart) -> None:
        self._db = db
        self._ports = ports
        self._groups = groups

    # --- a port more, a port less ----------------------------------------------

    def attach(
        self, server_uuid: str, project_id: str, request: Mapping[str, Any], host: str, key: str
    ) -> str:
        """The id of the port given (see the interface)."""
        default = self._groups.default_of(project_id)

        def attempt() -> str:
            with self._db.writer() as conn:
                room = NETWORK.room(conn, project_id)
                subnets = ipam.lock_subnets(conn, [request["network_id"]])[request["network_id"]]
                use = {
                    "device_id": server_uuid,
                    "device_owner": "compute:nova",
                    "position": _next_position(conn, server_uuid),
                    "host_id": host,
                    "tag": request.get("tag"),
                    "status": "ACTIVE",
                }
                if request.get("port_id"):
                    bind(conn, server_uuid, request["port_id"], use)
                    return str(request["port_id"])
                port_id = str(uuids.uuid5(_ATTACHMENTS, key))
                if rows.find(conn, schema.ports, port_id) is None:
                    room.take(port=1)
                    self._make(conn, port_id, project_id, request, subnets, default, use)
                return port_id

        return self._racing(attempt)

    def _make(
        self,
        conn: Connection,
        port_id: str,
        project_id: str,
        request: Mapping[str, Any],
        subnets: Sequence[RowMapping],
        group_id: str,
        use: Mapping[str, Any],
    ) -> None:
        network_id = request["network_id"]
        network = rows.find(conn, schema.networks, network_id)
        if network is None:
            raise exception.NetworkNotFound(network_id=network_id)
        values = {
            "network_id": network_id,
            "mac_address": self._ports.new_mac(),
            "made_for_server": True,
            "vif_type": "ovs",
            "port_security_enabled": network["port_security_enabled"],
        }
        insert_port(conn, port_id, project_id, {**values, **use})
        wanted = [{"address": request["fixed_ip"]}] if request.get("fixed_ip") else None
        give_addresses(conn, port_id, network_id, subnets, wanted)
        if network["port_security_enabled"]:
            related.set_groups(conn, port_id, [group_id])

    def detach(self, server_uuid: str, port_id: str) -> None:
        """Takes one port from the server; nothing when it has not got it."""

        def attempt() -> None:
            with self._db.writer() as conn:
                found = conn.execute(
                    sa.select(_p.made_for_server)
                    .where(_p.uuid == port_id, _p.device_id == server_uuid)
                    .with_for_update()
                ).first()
                if found is None:
                    return
                if found.made_for_server:
                    remove_ports(conn, [port_id])
                else:
                    rows.update(conn, schema.ports, port_id, **UNUSED)

        self._db.retrying(attempt)

    # --- addresses ---------------------------------------------------------------

    def add_address(self, server_uuid: str, network_id: str) -> None:
        """One more address for the server's first port on the network."""

        def attempt() -> None:
            with self._db.writer() as conn:
                subnets = ipam.lock_subnets(conn, [network_id])[network_id]
                ports = [port for port in self._of(conn, server_uuid) if port["network_id"] == network_id]
                if not ports:
                    raise exception.NetworkNotFound(network_id=network_id)
                of_version = [subnet for subnet in subnets if subnet["ip_version"] == 4] or subnets
                give_addresses(conn, ports[0]["uuid"], network_id, of_version, [{}])

        self._racing(attempt)

    def remove_address(self, server_uuid: str, address: str) -> None:
        """Frees one address of the server."""

        def attempt() -> None:
            with self._db.writer() as conn:
                for port in self._of(conn, server_uuid):
                    held = related.addresses_of(conn, [port["uuid"]]).get(port["uuid"], ())
                    if any(row["address"] == address for row in held):
                        ipam.release(conn, port["uuid"], [address])
                        return
            raise exception.FixedIPNotFound(server_id=server_uuid, address=address)

        self._db.retrying(attempt)

    # --- security groups -----------------------------------------------------------

    def groups_of(self, context: RequestContext, server_uuid: str) -> list[SecurityGroup]:
        """Each once, by project and name."""
        with self._db.reader() as conn:
            ports = [port["uuid"] for port in self._of(conn, server_uuid)]
            found = related.groups_of(conn, ports) if ports else {}
        ids = {row["uuid"] for groups in found.values() for row in groups}
        if not ids:
            return []
        known = self._groups.list(context, rows.Listing(equal={"uuid": sorted(ids)}))
        return sorted(known, key=lambda group: (group.project_id, group.name))

    def add_group(self, server_uuid: str, group_id: str) -> None:
        """On every port that filters; on those that have it already nothing changes."""

        def attempt() -> None:
            with self._db.writer() as conn:
                ports = self._of(conn, server_uuid)
                if not ports:
                    raise exception.PortNotFound(f"Instance {server_uuid} has no port: none could be found.")
                if not all(port["port_security_enabled"] for port in ports):
                    raise exception.SecurityGroupCannotBeApplied(server_id=server_uuid)
                for port in ports:
                    present = _group_ids(conn, port)
                    if group_id not in present:
                        related.set_groups(conn, port["uuid"], [*present, group_id])

        self._db.retrying(attempt)

    def remove_group(self, server_uuid: str, group_id: str) -> None:
        """From every port of the server."""

        def attempt() -> None:
            with self._db.writer() as conn:
                having = [port for port in self._of(conn, server_uuid) if group_id in _group_ids(conn, port)]
                if not having:
                    raise exception.SecurityGroupNotOfServer(
                        security_group_id=group_id, server_id=server_uuid
                    )
                for port in having:
                    left = [group for group in _group_ids(conn, port) if group != group_id]
                    related.set_groups(conn, port["uuid"], left)

        self._db.retrying(attempt)

    # --- what the above are made of ---------------------------------------------------

    @staticmethod
    def _of(conn: Connection, server_uuid: str) -> Sequence[RowMapping]:
        """The server's ports, in order, held till the end of the transaction."""
        query = sa.select(schema.ports).where(_p.device_id == server_uuid, _p.position.is_not(None))
        return conn.execute(query.order_by(_p.position).with_for_update()).mappings().all()

    def _racing(self, attempt: Callable[[], _T]) -> _T:
        for left in reversed(range(_ATTEMPTS)):
            try:
                return self._db.retrying(attempt)
            except DUPLICATE_ERRORS:
                # Somebody drew the same MAC, or took the same position at the same time.
                if not left:
                    raise
        raise AssertionError("the loop returns or raises")


#: A port that no server uses.
UNUSED: Mapping[str, Any] = {
    "device_id": "",
    "device_owner": "",
    "position": None,
    "tag": None,
    "host_id": "",
    "status": "DOWN",
}


def bind(conn: Connection, server_uuid: str, port_id: str, use: Mapping[str, Any]) -> None:
    """Gives a user's port to a server by compare-and-swap; nothing when the server has it already."""
    taken = conn.execute(schema.ports.update().where(_p.uuid == port_id, _p.device_id == "").values(**use))
    if taken.rowcount:
        return
    holder = conn.scalar(sa.select(_p.device_id).where(_p.uuid == port_id))
    if holder is None:
        raise exception.PortNotFound(port_id=port_id)
    if holder != server_uuid:
        raise exception.PortInUse(port_id=port_id)


def _next_position(conn: Connection, server_uuid: str) -> int:
    highest = conn.scalar(sa.select(sa.func.max(_p.position)).where(_p.device_id == server_uuid))
    return 0 if highest is None else int(highest) + 1


def _group_ids(conn: Connection, port: RowMapping) -> list[str]:
    return [row["uuid"] for row in related.groups_of(conn, [port["uuid"]]).get(port["uuid"], ())]
