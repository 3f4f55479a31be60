"""What the steps of a move share: the payload of their work items, and a server as it will be."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import rpc, work
from nova_api.context import RequestContext
from nova_api.db import guests, nodes, server_migrations, services
from nova_api.db.guests import Guest
from nova_api.db.server_migrations import Migration
from nova_api.db.work import HasUuid

# --- methods of topic ``scheduler``: a host is chosen and claimed
RESIZE = "resize"
LIVE_MIGRATE = "live_migrate"
EVACUATE = "evacuate"

# --- methods of topic ``compute``, in the order in which they follow each other
PREP_RESIZE = "prep_resize"
RESIZE_INSTANCE = "resize_instance"
FINISH_RESIZE = "finish_resize"
CONFIRM_RESIZE = "confirm_resize"
REVERT_RESIZE = "revert_resize"
FINISH_REVERT_RESIZE = "finish_revert_resize"
PRE_LIVE_MIGRATION = "pre_live_migration"
LIVE_MIGRATION = "live_migration"
POST_LIVE_MIGRATION = "post_live_migration"
LIVE_MIGRATION_ABORT = "live_migration_abort"
LIVE_MIGRATION_FORCE_COMPLETE = "live_migration_force_complete"
REBUILD_ELSEWHERE = "evacuate"
#: A guest that a move has left behind on a host goes.
FORGET = "forget"


@dataclasses.dataclass(frozen=True)
class MoveRequest:
    """``migration`` is the row id.

    ``host`` is what was asked for (None: anywhere); ``force`` takes it without
    asking the filters.  ``synchronous`` says that the request waits for the
    host to be chosen.  ``ends_stopped`` is what an evacuated server does
    whatever it did before.  ``tried`` names the hosts that refused, and
    ``last_error`` is what the last of them said.
    """

    migration: int
    host: str | None = None
    force: bool = False
    synchronous: bool = False
    ends_stopped: bool = False
    admin_password: str | None = None
    tried: tuple[str, ...] = ()
    last_error: str | None = None

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> MoveRequest:
        return cls(**{**payload, "tried": tuple(payload.get("tried") or ())})

    def to_payload(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def refused_by(self, host: str, error: str) -> MoveRequest:
        """The same request once ``host`` has said ``error``."""
        return dataclasses.replace(self, tried=(*self.tried, host), last_error=error)


def flavor_columns(flavor: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of ``servers`` that hold a flavor's copy."""
    return {
        "flavor": flavor,
        "flavorid": flavor["flavorid"],
        "vcpus": flavor["vcpus"],
        "memory_mb": flavor["ram"],
        "root_gb": flavor["disk"],
        "ephemeral_gb": flavor.get("ephemeral") or 0,
    }


def of_flavor(guest: Guest, flavor: Mapping[str, Any] | None) -> Guest:
    """``guest`` as it will be with another flavor; itself for None."""
    if flavor is None:
        return guest
    return dataclasses.replace(
        guest,
        flavor=dict(flavor),
        vcpus=flavor["vcpus"],
        memory_mb=flavor["ram"],
        root_gb=flavor["disk"],
        ephemeral_gb=flavor.get("ephemeral") or 0,
    )


def settle(conn: Connection, guest: Guest) -> None:
    """Gives back what a move that has ended claimed besides the place where the server is now."""
    now = guests.get(conn, guest.uuid, lock=True)
    # A delete in flight gives back everything itself.
    if now is not None and not now.deleted:
        nodes.settle(conn, now)


def have_forgotten(
    conn: Connection,
    context: RequestContext,
    server: HasUuid,
    host: str,
    payload: Mapping[str, Any],
    action_id: int | None,
) -> list[tuple[str, str | None, str]]:
    """Has ``host`` remove what a move has left of the server there; the casts to send after the commit.

    None for a host that has left the cloud: nobody would ever take the work.
    Should it come back, it clears up at its start.
    """
    if not services.list_services(conn, "nova-compute", host):
        return []
    item = work.enqueue(conn, context, rpc.COMPUTE, FORGET, server, payload, host=host, action_id=action_id)
    return [(rpc.COMPUTE, host, item)]


def break_off(conn: Connection, guest: Guest, migration: Migration | None, status: str) -> None:
    """Ends a move that leads nowhere: its record in ``status``, nothing claimed but where the server is."""
    if migration is not None:
        server_migrations.change(conn, migration.id, server_migrations.UNFINISHED, status=status)
    settle(conn, guest)
