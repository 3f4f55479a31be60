"""The methods of one host that are steps of moves, by name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from sqlalchemy.engine import Connection

from nova_api.compute import moves
from nova_api.compute.manager import disks
from nova_api.compute.manager.evacuate import Evacuator
from nova_api.compute.manager.forget import Forgetter, what_is_late
from nova_api.compute.manager.host import Host
from nova_api.compute.manager.live_migration import LiveMigrator
from nova_api.compute.manager.resize import Resizer
from nova_api.db import server_migrations
from nova_api.db.guests import Guest
from nova_api.db.work import Item
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)


def methods(host: Host) -> Mapping[str, Callable[[Task], None]]:
    """Method of topic ``compute`` → what does it on ``host``."""
    resizer, live = Resizer(host), LiveMigrator(host)
    return {
        moves.PREP_RESIZE: resizer.prep_resize,
        moves.RESIZE_INSTANCE: resizer.resize_instance,
        moves.FINISH_RESIZE: resizer.finish_resize,
        moves.CONFIRM_RESIZE: resizer.confirm_resize,
        moves.REVERT_RESIZE: resizer.revert_resize,
        moves.FINISH_REVERT_RESIZE: resizer.finish_revert_resize,
        moves.PRE_LIVE_MIGRATION: live.pre_live_migration,
        moves.LIVE_MIGRATION: live.live_migration,
        moves.POST_LIVE_MIGRATION: live.post_live_migration,
        moves.LIVE_MIGRATION_ABORT: live.abort,
        moves.LIVE_MIGRATION_FORCE_COMPLETE: live.force_complete,
        moves.REBUILD_ELSEWHERE: what_is_late(host, Evacuator(host).evacuate),
        moves.FORGET: Forgetter(host).forget,
    }


def close_others(host: Host, guest: Guest, item: Item) -> None:
    """Before ``give_up``: the volumes of a server that stays where it is are closed to where it did not come.

    What fails is left to the end of the server, which ends every attachment.
    """
    if "migration" not in item.payload:
        return
    try:
        disks.close_others(host, guest)
    except Exception:
        LOG.exception("Server %s: its volumes could not be closed to %s.", guest.uuid, host.name)


def give_up(conn: Connection, guest: Guest, item: Item) -> None:
    """Ends the move that a given-up item was a step of; nothing for other items."""
    if "migration" in item.payload:
        moves.break_off(
            conn, guest, server_migrations.get(conn, item.payload["migration"]), server_migrations.ERROR
        )
