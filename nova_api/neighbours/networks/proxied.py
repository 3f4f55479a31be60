"""What users keep at the embedded network service and reach through the compute API of old."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db.networks.rows import Listing
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.floating import FloatingPart
from nova_api.neighbours.networks.interface import FloatingIP, Network, Rule, SecurityGroup
from nova_api.neighbours.networks.security import RulePart, SecurityGroupPart
from nova_api.neighbours.networks.topology import NetworkPart


class ProxiedParts:
    """Floating IPs, their pools, security groups and rules, as ``interface.Proxied`` promises them."""

    _db: Database
    networks: NetworkPart
    floating: FloatingPart
    groups: SecurityGroupPart
    rules: RulePart

    def external_networks(self, context: RequestContext) -> Sequence[Network]:
        return self.networks.list(context, Listing(equal={"external": [True]}))

    def floating_ips_of(self, context: RequestContext) -> Sequence[FloatingIP]:
        return self.floating.list(context, Listing(equal={"project_id": [context.project_id]}))

    def show_floating_ip(self, context: RequestContext, floating_ip_id: str) -> FloatingIP:
        return self.floating.show(context, floating_ip_id)

    def create_floating_ip(self, context: RequestContext, network_id: str) -> FloatingIP:
        return self.floating.create(context, {"network_id": network_id})

    def delete_floating_ip(self, context: RequestContext, floating_ip_id: str) -> None:
        self.floating.delete(context, floating_ip_id)

    def servers_at(self, port_ids: Collection[str]) -> dict[str, str]:
        table = schema.ports
        query = sa.select(table.c.uuid, table.c.device_id).where(
            table.c.uuid.in_(list(port_ids)), table.c.device_owner.startswith("compute:")
        )
        if not port_ids:
            return {}
        with self._db.reader() as conn:
            return {row.uuid: row.device_id for row in conn.execute(query) if row.device_id}

    def security_groups(
        self, context: RequestContext, *, everybodys: bool, offset: int, limit: int
    ) -> Sequence[SecurityGroup]:
        mine = {} if everybodys and context.is_admin else {"project_id": [context.project_id]}
        order = [("project_id", False), ("name", False)]
        return self.groups.list(context, Listing(mine, order, limit=offset + limit))[offset:]

    def show_security_group(self, context: RequestContext, group_id: str) -> SecurityGroup:
        return self.groups.show(context, group_id)

    def create_security_group(self, context: RequestContext, name: str, description: str) -> SecurityGroup:
        return self.groups.create(context, {"name": name, "description": description})

    def update_security_group(
        self, context: RequestContext, group_id: str, name: str, description: str
    ) -> SecurityGroup:
        return self.groups.update(context, group_id, {"name": name, "description": description})

    def delete_security_group(self, context: RequestContext, group_id: str) -> None:
        self.groups.delete(context, group_id)

    def create_security_group_rule(self, context: RequestContext, values: Mapping[str, Any]) -> Rule:
        return self.rules.create(context, self.groups, values)

    def delete_security_group_rule(self, context: RequestContext, rule_id: str) -> None:
        self.rules.delete(context, rule_id)
