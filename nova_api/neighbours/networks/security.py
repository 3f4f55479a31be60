"""Security groups and their rules."""

from __future__ import annotations

import ipaddress
import uuid as uuids
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import networks as rows
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.networks import Listing, related
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.interface import Rule, SecurityGroup, SecurityGroupName
from nova_api.neighbours.networks.part import Part, record_of
from nova_api.neighbours.quotas import NETWORK

#: What tells one rule from another.
_RULE_KEY = (
    "security_group_id",
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_group_id",
    "remote_ip_prefix",
)


def _check_rule(fields: dict[str, Any]) -> None:
    """Raises Invalid for a rule that can match nothing; puts the prefix in its usual form."""
    low, high = fields.get("port_range_min"), fields.get("port_range_max")
    protocol = fields.get("protocol")
    if protocol is None and (low is not None or high is not None):
        raise exception.Invalid("Must also specify protocol if port range is given.")
    if protocol in ("tcp", "udp", "sctp", "dccp", "udplite"):
        if (low is None) != (high is None):
            raise exception.Invalid("Both ends of a port range must be given.")
        if low is not None and high is not None and low > high:
            raise exception.Invalid(f"port_range_min {low} is greater than port_range_max {high}.")
    if fields.get("remote_ip_prefix") and fields.get("remote_group_id"):
        raise exception.Invalid("Only remote_ip_prefix or remote_group_id may be provided.")
    if fields.get("remote_ip_prefix"):
        try:
            network = ipaddress.ip_network(fields["remote_ip_prefix"], strict=False)
        except ValueError:
            raise exception.Invalid(
                f"{fields['remote_ip_prefix']!r} is not a network in CIDR form."
            ) from None
        if fields["ethertype"] != f"IPv{network.version}":
            raise exception.Invalid(f"{network} does not go with ethertype {fields['ethertype']}.")
        fields["remote_ip_prefix"] = str(network)


class RulePart(Part[Rule]):
    """Rules of security groups."""

    table = schema.security_group_rules
    kind = Rule

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.SecurityGroupRuleNotFound(rule_id=uuid)

    def create(self, context: RequestContext, groups: SecurityGroupPart, values: Mapping[str, Any]) -> Rule:
        """Raises SecurityGroupNotFound, SecurityGroupRuleExists, OverQuota."""
        fields = dict(values)
        uuid = fields.pop("id", None) or str(uuids.uuid4())
        _check_rule(fields)
        owner = groups.show(context, fields["security_group_id"]).project_id

        def change(conn: Connection) -> str:
            room = NETWORK.room(conn, owner)
            group = groups.own_row(conn, context, fields["security_group_id"])
            if fields.get("remote_group_id"):
                groups.row(conn, context, fields["remote_group_id"])
            same = [self.table.c[name].is_not_distinct_from(fields.get(name)) for name in _RULE_KEY]
            known = conn.scalar(sa.select(self.table.c.uuid).where(*same))
            if known is not None:
                raise exception.SecurityGroupRuleExists(rule_id=known)
            fields.pop("project_id", None)
            room.take(security_group_rule=1)
            rows.insert(conn, self.table, uuid=uuid, project_id=group["project_id"], **fields)
            return uuid

        return self.written(change)

    def delete(self, context: RequestContext, uuid: str) -> None:
        with self.db.writer() as conn:
            self.own_row(conn, context, uuid)
            rows.delete(conn, self.table, uuid)


class SecurityGroupPart(Part[SecurityGroup]):
    """Security groups; a project's group ``default`` is made when it is first needed."""

    table = schema.security_groups
    kind = SecurityGroup

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.SecurityGroupNotFound(security_group_id=uuid)

    def load(self, conn: Connection, found: Sequence[RowMapping]) -> list[SecurityGroup]:
        rules = related.rules_of(conn, [row["uuid"] for row in found]) if found else {}
        return [
            record_of(
                SecurityGroup, row, rules=tuple(record_of(Rule, rule) for rule in rules.get(row["uuid"], ()))
            )
            for row in found
        ]

    def list(
        self, context: RequestContext, listing: Listing | None = None, *conditions: sa.ColumnElement[bool]
    ) -> list[SecurityGroup]:
        if context.project_id:
            self.default_of(context.project_id)
        return super().list(context, listing, *conditions)

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> SecurityGroup:
        """With the rules that let all traffic out; raises SecurityGroupExists for the name ``default``."""
        fields = dict(values)
        uuid = fields.pop("id", None) or str(uuids.uuid4())
        owner = self.owner(context, fields.pop("project_id", None))
        if fields.get("name") == "default":
            self.default_of(owner)
            raise exception.SecurityGroupExists(name="default")

        def change(conn: Connection) -> str:
            # Its two rules, which let everything out, count; those of ``default`` are made for every project.
            NETWORK.room(conn, owner).take(security_group=1, security_group_rule=2)
            self._insert(conn, uuid, owner, inward=False, **fields)
            return uuid

        return self.written(change)

    def _insert(self, conn: Connection, uuid: str, project_id: str, *, inward: bool, **fields: Any) -> None:
        rows.insert(conn, self.table, uuid=uuid, project_id=project_id, **fields)
        for direction in ("egress", "ingress") if inward else ("egress",):
            for ethertype in ("IPv4", "IPv6"):
                rows.insert(
                    conn,
                    schema.security_group_rules,
                    uuid=str(uuids.uuid4()),
                    project_id=project_id,
                    security_group_id=uuid,
                    direction=direction,
                    ethertype=ethertype,
                    remote_group_id=uuid if direction == "ingress" else None,
                )

    def default_of(self, project_id: str) -> str:
        """The UUID of the project's default group, made now where there is none."""
        query = sa.select(self.table.c.uuid).where(self.table.c.default_of == project_id)
        with self.db.reader() as conn:
            found = conn.scalar(query)
        if found is not None:
            return str(found)
        try:
            with self.db.writer() as conn:
                return self.make_default(conn, project_id)
        except DUPLICATE_ERRORS:  # two first requests of a project: the other one made it
            with self.db.reader() as conn:
                return str(conn.scalar(query))

    def make_default(self, conn: Connection, project_id: str) -> str:
        """Makes the default group of a project that has none; raises one of ``DUPLICATE_ERRORS``."""
        uuid = str(uuids.uuid4())
        self._insert(
            conn,
            uuid,
            project_id,
            inward=True,
            name="default",
            description="Default security group",
            default_of=project_id,
        )
        return uuid

    def update(self, context: RequestContext, uuid: str, values: Mapping[str, Any]) -> SecurityGroup:
        current = self.show(context, uuid)
        if current.name == "default" and values.get("name", "default") != "default":
            raise exception.Invalid("Updating default security group not allowed.")
        return super().update(context, uuid, values)

    def delete(self, context: RequestContext, uuid: str) -> None:
        """Raises SecurityGroupInUse while a port has it, and for a project's default group."""

        def attempt() -> None:
            with self.db.writer() as conn:
                row = self.own_row(conn, context, uuid)
                used = rows.exists(conn, schema.port_security_groups.c.security_group_id == uuid)
                if used or (row["default_of"] is not None and not context.is_admin):
                    raise exception.SecurityGroupInUse(security_group_id=uuid)
                rows.delete(conn, self.table, uuid)

        self.db.retrying(attempt)

    def named(self, context: RequestContext, names: Collection[str]) -> Sequence[SecurityGroupName]:
        """Groups of the context's project by name or id, as the interface says."""
        if "default" in names and context.project_id:
            self.default_of(context.project_id)
        table = self.table
        query = sa.select(table.c.uuid, table.c.name).where(
            table.c.project_id == context.project_id,
            sa.or_(table.c.uuid.in_(list(names)), table.c.name.in_(list(names))),
        )
        with self.db.reader() as conn:
            known = [SecurityGroupName(row.uuid, row.name) for row in conn.execute(query)]
        chosen = []
        for name in names:
            matching = [group for group in known if group.id == name] or [
                group for group in known if group.name == name
            ]
            if not matching:
                raise exception.SecurityGroupNotFound(security_group_id=name)
            if len(matching) > 1:
                raise exception.SecurityGroupAmbiguous(name=name)
            chosen.append(matching[0])
        return chosen
