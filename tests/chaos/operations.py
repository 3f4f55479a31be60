"""What a client asks for, of which servers, and where it must end."""

from __future__ import annotations

import dataclasses
from typing import Any

ACTIVE, SHUTOFF, PAUSED, SUSPENDED = "ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"
VERIFY_RESIZE, OFFLOADED, DELETED = "VERIFY_RESIZE", "SHELVED_OFFLOADED", "DELETED"
RESCUE = "RESCUE"


@dataclasses.dataclass(frozen=True)
class Operation:
    """``POST …/action`` with ``body`` on a server in ``status``, which accepted must end in ``becomes``."""

    name: str
    status: str
    becomes: str
    body: Any = None
    weight: int = 2
    #: Not of servers that run from a volume.
    local: bool = False
    #: Whether it leaves the server locked, or not (None: as it was).  Clients are administrators.
    locks: bool | None = None


_BACKUP = {"name": "chaos", "backup_type": "daily", "rotation": 2}

ACTIONS = (
    Operation("os-stop", ACTIVE, SHUTOFF, weight=6),
    Operation("os-start", SHUTOFF, ACTIVE, weight=6),
    Operation("reboot", ACTIVE, ACTIVE, {"type": "SOFT"}, weight=4),
    Operation("reboot", ACTIVE, ACTIVE, {"type": "HARD"}, weight=4),
    Operation("pause", ACTIVE, PAUSED, weight=3),
    Operation("unpause", PAUSED, ACTIVE, weight=6),
    Operation("suspend", ACTIVE, SUSPENDED, weight=3),
    Operation("resume", SUSPENDED, ACTIVE, weight=6),
    Operation("rebuild", ACTIVE, ACTIVE, {"imageRef": None}, weight=2),
    Operation("resize", ACTIVE, VERIFY_RESIZE, {"flavorRef": "2"}, weight=3),
    Operation("migrate", ACTIVE, VERIFY_RESIZE),
    Operation("confirmResize", VERIFY_RESIZE, ACTIVE, weight=4),
    Operation("revertResize", VERIFY_RESIZE, ACTIVE, weight=4),
    Operation("os-migrateLive", ACTIVE, ACTIVE, {"host": None, "block_migration": "auto"}, weight=2),
    Operation("shelve", ACTIVE, OFFLOADED, weight=2),
    Operation("unshelve", OFFLOADED, ACTIVE, weight=6),
    Operation("rescue", ACTIVE, RESCUE, local=True),
    Operation("unrescue", RESCUE, ACTIVE, weight=6),
    Operation("changePassword", ACTIVE, ACTIVE, {"adminPass": "chaos"}),
    Operation("lock", ACTIVE, ACTIVE, {"locked_reason": "chaos"}, locks=True),
    Operation("unlock", ACTIVE, ACTIVE, locks=False),
    Operation("createImage", ACTIVE, ACTIVE, {"name": "chaos"}, weight=2),
    Operation("createBackup", ACTIVE, ACTIVE, _BACKUP, local=True),
)
ATTACH = Operation("attach volume", ACTIVE, ACTIVE, weight=6)
DETACH = Operation("detach volume", ACTIVE, ACTIVE, weight=6)
CREATE = Operation("create", "", ACTIVE)
DELETE = Operation("delete", "", DELETED)
