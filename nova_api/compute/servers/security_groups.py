"""The security groups of a server that exists."""

from __future__ import annotations

from collections.abc import Sequence

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute.servers import stored_nics
from nova_api.context import RequestContext
from nova_api.db.server_queries import Server
from nova_api.neighbours.networks.interface import SecurityGroup


def show(backend: Backend, context: RequestContext, server: Server) -> Sequence[SecurityGroup]:
    """With their rules, each once, by project and name."""
    return backend.networks.groups_of(context, server.uuid)


def add(backend: Backend, context: RequestContext, server: Server, name: str) -> None:
    """Puts the group called ``name`` (or with that id) on all ports of the server.

    Raises Invalid for white space, SecurityGroupNotFound, SecurityGroupAmbiguous,
    PortNotFound, SecurityGroupCannotBeApplied.
    """
    backend.networks.add_group(context, server.uuid, _id_of(backend, context, name))
    stored_nics.refresh(backend, server)


def remove(backend: Backend, context: RequestContext, server: Server, name: str) -> None:
    """Takes it from all its ports.

    Raises Invalid for white space, SecurityGroupNotFound, SecurityGroupAmbiguous, SecurityGroupNotOfServer.
    """
    backend.networks.remove_group(context, server.uuid, _id_of(backend, context, name))
    stored_nics.refresh(backend, server)


def _id_of(backend: Backend, context: RequestContext, name: str) -> str:
    if not name.strip():
        raise exception.Invalid("The name of a security group cannot be empty.")
    (group,) = backend.networks.security_groups_by_name_or_id(context, [name])
    return group.id


def named_by(
    backend: Backend, context: RequestContext, groups: Sequence[SecurityGroup]
) -> dict[str, SecurityGroup]:
    """By id, ``groups`` and those that their rules name, as far as the caller sees them."""
    wanted = {rule.remote_group_id for group in groups for rule in group.rules if rule.remote_group_id}
    known = {group.id: group for group in groups}
    missing = sorted(wanted - set(known))
    if missing:
        known |= {group.id: group for group in backend.networks.security_groups_at(context, missing)}
    return known
