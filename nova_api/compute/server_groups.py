"""Server groups: servers that are to stay together, or apart."""

from __future__ import annotations

import dataclasses
import uuid
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.compute import quotas
from nova_api.compute.quotas import UNLIMITED
from nova_api.context import RequestContext
from nova_api.db import quotas as db_quotas
from nova_api.db import server_groups as statements
from nova_api.db.server_groups import ServerGroup

if TYPE_CHECKING:
    from nova_api.backend import Backend

ANTI_AFFINITY = "anti-affinity"
#: What microversion 2.1 knows.
HARD_POLICIES = (ANTI_AFFINITY, "affinity")
POLICIES = (*HARD_POLICIES, "soft-anti-affinity", "soft-affinity")


@dataclasses.dataclass(frozen=True)
class Group:
    """A group with the uuids of its servers."""

    record: ServerGroup
    members: list[str]

    @property
    def project_id(self) -> str:
        return self.record.project_id

    @property
    def user_id(self) -> str:
        return self.record.user_id


def get(backend: Backend, group_uuid: str) -> Group:
    """Raises ServerGroupNotFound.  Of any project: the caller asks the policy."""
    with backend.db.reader() as conn:
        return _get(conn, group_uuid)


def _get(conn: Connection, group_uuid: str) -> Group:
    found = statements.find(conn, group_uuid)
    if found is None:
        raise exception.ServerGroupNotFound(group_id=group_uuid)
    return Group(found, statements.members_of(conn, [found.id])[found.id])


def page(backend: Backend, project_id: str | None, limit: int, offset: int) -> list[Group]:
    """Groups of a project (None: of all), oldest first, in two statements."""
    with backend.db.reader() as conn:
        found = statements.page(conn, project_id, limit, offset)
        members = statements.members_of(conn, [group.id for group in found])
    return [Group(group, members[group.id]) for group in found]


def create(
    backend: Backend, context: RequestContext, name: str, policy: str, max_server_per_host: int | None = None
) -> Group:
    """Raises QuotaExceeded; GroupRulesInvalid for a rule that the policy does not have."""
    if max_server_per_host is not None and policy != ANTI_AFFINITY:
        raise exception.GroupRulesInvalid(policy=policy)
    project_id, user_id = str(context.project_id), str(context.user_id)
    whole, own = quotas.limits_of_both(backend, project_id, user_id)

    def attempt() -> Group:
        with backend.db.writer() as conn:
            db_quotas.lock(conn, project_id)
            for limits, owner in ((whole, None), (own, user_id)):
                limit = limits["server_groups"]
                if limit != UNLIMITED and statements.count(conn, project_id, owner) >= limit:
                    raise exception.QuotaExceeded(
                        f"Quota exceeded, too many server groups: {limit} are allowed."
                    )
            group_uuid = str(uuid.uuid4())
            values = {"uuid": group_uuid, "name": name, "policy": policy}
            owners = {"project_id": project_id, "user_id": user_id}
            statements.insert(conn, {**values, **owners, "max_server_per_host": max_server_per_host})
            return _get(conn, group_uuid)

    return backend.db.retrying(attempt)


def delete(backend: Backend, group_uuid: str) -> None:
    """Its servers stay where they are, in no group.  Raises ServerGroupNotFound."""

    def attempt() -> None:
        with backend.db.writer() as conn:
            found = statements.find(conn, group_uuid, lock=True)
            if found is None:
                raise exception.ServerGroupNotFound(group_id=group_uuid)
            statements.delete(conn, found)

    backend.db.retrying(attempt)
