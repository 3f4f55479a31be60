"""What users keep at Neutron and reach through the compute API of old."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from nova_api import context as contexts
from nova_api import exception
from nova_api.context import RequestContext
from nova_api.neighbours.networks.interface import FloatingIP, Network, Rule, SecurityGroup
from nova_api.neighbours.networks.neutron import documents
from nova_api.neighbours.networks.neutron.client import Client


class ProxiedParts:
    """Floating IPs, their pools, security groups and rules, as ``interface.Proxied`` promises them."""

    client: Client

    # --- floating IPs ---------------------------------------------------------------

    def external_networks(self, context: RequestContext) -> Sequence[Network]:
        found = self.client.list(context, "/networks", "networks", [("router:external", "true")])
        return sorted(map(documents.network, found), key=lambda network: network.created_at)

    def floating_ips_of(self, context: RequestContext) -> Sequence[FloatingIP]:
        return self._floating(context, [("project_id", context.project_id or "")])

    def floating_ip_at(self, context: RequestContext, address: str) -> FloatingIP:
        found = self._floating(context, [("floating_ip_address", address)])
        for one in found:
            if context.is_admin or one.project_id == context.project_id:
                return one
        raise exception.FloatingIPNotFound(floating_ip_id=address)

    def _floating(self, context: RequestContext, query: list[tuple[str, str]]) -> list[FloatingIP]:
        found = self.client.list(context, "/floatingips", "floatingips", query)
        return [documents.floating_ip(one) for one in found]

    def show_floating_ip(self, context: RequestContext, floating_ip_id: str) -> FloatingIP:
        missing = exception.FloatingIPNotFound(floating_ip_id=floating_ip_id)
        reply = self.client.call(context, "GET", f"/floatingips/{floating_ip_id}", missing=missing)
        return documents.floating_ip(reply["floatingip"])

    def create_floating_ip(self, context: RequestContext, network_id: str) -> FloatingIP:
        body = {"floatingip": {"floating_network_id": network_id, "project_id": context.project_id}}
        missing = exception.NetworkNotFound(network_id=network_id)
        reply = self.client.call(context, "POST", "/floatingips", body, missing=missing)
        return documents.floating_ip(reply["floatingip"])

    def delete_floating_ip(self, context: RequestContext, floating_ip_id: str) -> None:
        missing = exception.FloatingIPNotFound(floating_ip_id=floating_ip_id)
        self.client.call(context, "DELETE", f"/floatingips/{floating_ip_id}", missing=missing)

    def lead_floating_ip(
        self, context: RequestContext, floating_ip_id: str, port_id: str | None, fixed_address: str | None
    ) -> None:
        target: dict[str, Any] = {"port_id": port_id}
        if port_id is not None and fixed_address is not None:
            target["fixed_ip_address"] = fixed_address
        missing = exception.FloatingIPNotFound(floating_ip_id=floating_ip_id)
        self.client.call(
            context, "PUT", f"/floatingips/{floating_ip_id}", {"floatingip": target}, missing=missing
        )

    def servers_at(self, port_ids: Collection[str]) -> dict[str, str]:
        found = self.client.having(contexts.admin(), "/ports", "ports", "id", port_ids)
        return {
            port["id"]: port["device_id"]
            for port in found
            if port.get("device_id") and str(port.get("device_owner") or "").startswith("compute:")
        }

    # --- security groups --------------------------------------------------------------

    def security_groups(
        self, context: RequestContext, *, everybodys: bool, offset: int, limit: int
    ) -> Sequence[SecurityGroup]:
        mine = [] if everybodys and context.is_admin else [("project_id", context.project_id or "")]
        return _sorted(self._groups(context, mine))[offset : offset + limit]

    def security_groups_at(self, context: RequestContext, ids: Collection[str]) -> Sequence[SecurityGroup]:
        return self._having(context, "id", ids)

    def _having(self, context: RequestContext, name: str, values: Collection[str]) -> list[SecurityGroup]:
        found = self.client.having(context, "/security-groups", "security_groups", name, values)
        return _sorted([documents.security_group(one) for one in found])

    def _groups(self, context: RequestContext, query: list[tuple[str, str]]) -> list[SecurityGroup]:
        found = self.client.list(context, "/security-groups", "security_groups", query)
        return [documents.security_group(one) for one in found]

    def show_security_group(self, context: RequestContext, group_id: str) -> SecurityGroup:
        missing = exception.SecurityGroupNotFound(security_group_id=group_id)
        reply = self.client.call(context, "GET", f"/security-groups/{group_id}", missing=missing)
        return documents.security_group(reply["security_group"])

    def create_security_group(self, context: RequestContext, name: str, description: str) -> SecurityGroup:
        if name == "default":
            raise exception.SecurityGroupExists(name=name)
        group = {"name": name, "description": description, "project_id": context.project_id}
        reply = self.client.call(context, "POST", "/security-groups", {"security_group": group})
        return documents.security_group(reply["security_group"])

    def update_security_group(
        self, context: RequestContext, group_id: str, name: str, description: str
    ) -> SecurityGroup:
        path, group = f"/security-groups/{group_id}", {"name": name, "description": description}
        missing = exception.SecurityGroupNotFound(security_group_id=group_id)
        reply = self.client.call(context, "PUT", path, {"security_group": group}, missing=missing)
        return documents.security_group(reply["security_group"])

    def delete_security_group(self, context: RequestContext, group_id: str) -> None:
        missing = exception.SecurityGroupNotFound(security_group_id=group_id)
        self.client.call(context, "DELETE", f"/security-groups/{group_id}", missing=missing)

    def create_security_group_rule(self, context: RequestContext, values: Mapping[str, Any]) -> Rule:
        body = {"security_group_rule": {key: value for key, value in values.items() if value is not None}}
        missing = exception.SecurityGroupNotFound(security_group_id=values["security_group_id"])
        reply = self.client.call(context, "POST", "/security-group-rules", body, missing=missing)
        return documents.rule(reply["security_group_rule"])

    def delete_security_group_rule(self, context: RequestContext, rule_id: str) -> None:
        missing = exception.SecurityGroupRuleNotFound(rule_id=rule_id)
        self.client.call(context, "DELETE", f"/security-group-rules/{rule_id}", missing=missing)


def _sorted(groups: list[SecurityGroup]) -> list[SecurityGroup]:
    return sorted(groups, key=lambda group: (group.project_id, group.name))
