"""The words for what a server is (vm_state), does (task_state), how it runs (power_state); the status shown.

Source: ``states.md`` (a) and (c) of the facts; the words are the ones that ``OS-EXT-STS:*`` shows.
"""

from __future__ import annotations

from collections.abc import Iterator

# --- vm_state: the stable state
ACTIVE = "active"
BUILDING = "building"
STOPPED = "stopped"
RESIZED = "resized"
PAUSED = "paused"
SUSPENDED = "suspended"
RESCUED = "rescued"
ERROR = "error"
DELETED = "deleted"
SOFT_DELETED = "soft-delete"
SHELVED = "shelved"
SHELVED_OFFLOADED = "shelved_offloaded"

VM_STATES = (
    ACTIVE,
    BUILDING,
    STOPPED,
    RESIZED,
    PAUSED,
    SUSPENDED,
    RESCUED,
    ERROR,
    DELETED,
    SOFT_DELETED,
    SHELVED,
    SHELVED_OFFLOADED,
)

# --- task_state: what is being done to it; None when nothing is
SCHEDULING = "scheduling"
NETWORKING = "networking"
BLOCK_DEVICE_MAPPING = "block_device_mapping"
SPAWNING = "spawning"
DELETING = "deleting"
SOFT_DELETING = "soft-deleting"
RESTORING = "restoring"
POWERING_ON = "powering-on"
POWERING_OFF = "powering-off"
REBOOTING = "rebooting"
REBOOT_PENDING = "reboot_pending"
REBOOT_STARTED = "reboot_started"
REBOOTING_HARD = "rebooting_hard"
REBOOT_PENDING_HARD = "reboot_pending_hard"
REBOOT_STARTED_HARD = "reboot_started_hard"
PAUSING = "pausing"
UNPAUSING = "unpausing"
SUSPENDING = "suspending"
RESUMING = "resuming"
RESCUING = "rescuing"
UNRESCUING = "unrescuing"
REBUILDING = "rebuilding"
REBUILD_BLOCK_DEVICE_MAPPING = "rebuild_block_device_mapping"
REBUILD_SPAWNING = "rebuild_spawning"
RESIZE_PREP = "resize_prep"
RESIZE_MIGRATING = "resize_migrating"
RESIZE_MIGRATED = "resize_migrated"
RESIZE_FINISH = "resize_finish"
RESIZE_REVERTING = "resize_reverting"
MIGRATING = "migrating"
SHELVING = "shelving"
SHELVING_IMAGE_PENDING_UPLOAD = "shelving_image_pending_upload"
SHELVING_IMAGE_UPLOADING = "shelving_image_uploading"
SHELVING_OFFLOADING = "shelving_offloading"
UNSHELVING = "unshelving"
IMAGE_SNAPSHOT_PENDING = "image_snapshot_pending"
IMAGE_SNAPSHOT = "image_snapshot"
IMAGE_PENDING_UPLOAD = "image_pending_upload"
IMAGE_UPLOADING = "image_uploading"
IMAGE_BACKUP = "image_backup"
UPDATING_PASSWORD = "updating_password"

# --- power_state: what the hypervisor says
NOSTATE = 0
RUNNING = 1
POWER_PAUSED = 3
SHUTDOWN = 4
CRASHED = 6
POWER_SUSPENDED = 7

#: Status of a vm_state that the table does not know.
UNKNOWN_STATUS = "UNKNOWN"
#: Key of the row that applies to every task_state without one of its own.
_OTHERWISE = "*"

_REBUILDING = {
    REBUILDING: "REBUILD",
    REBUILD_BLOCK_DEVICE_MAPPING: "REBUILD",
    REBUILD_SPAWNING: "REBUILD",
}
_RESIZING = {
    RESIZE_PREP: "RESIZE",
    RESIZE_MIGRATING: "RESIZE",
    RESIZE_MIGRATED: "RESIZE",
    RESIZE_FINISH: "RESIZE",
}

#: vm_state → {task_state: status}; "*" is every other task_state.
STATUSES: dict[str, dict[str, str]] = {
    ACTIVE: {
        _OTHERWISE: "ACTIVE",
        REBOOTING: "REBOOT",
        REBOOT_PENDING: "REBOOT",
        REBOOT_STARTED: "REBOOT",
        REBOOTING_HARD: "HARD_REBOOT",
        REBOOT_PENDING_HARD: "HARD_REBOOT",
        REBOOT_STARTED_HARD: "HARD_REBOOT",
        UPDATING_PASSWORD: "PASSWORD",
        MIGRATING: "MIGRATING",
        **_REBUILDING,
        **_RESIZING,
    },
    BUILDING: {_OTHERWISE: "BUILD"},
    STOPPED: {_OTHERWISE: "SHUTOFF", **_RESIZING, **_REBUILDING},
    RESIZED: {_OTHERWISE: "VERIFY_RESIZE", RESIZE_REVERTING: "REVERT_RESIZE"},
    PAUSED: {_OTHERWISE: "PAUSED", MIGRATING: "MIGRATING"},
    SUSPENDED: {_OTHERWISE: "SUSPENDED"},
    RESCUED: {_OTHERWISE: "RESCUE"},
    ERROR: {_OTHERWISE: "ERROR", **_REBUILDING},
    DELETED: {_OTHERWISE: "DELETED"},
    SOFT_DELETED: {_OTHERWISE: "SOFT_DELETED"},
    SHELVED: {_OTHERWISE: "SHELVED"},
    SHELVED_OFFLOADED: {_OTHERWISE: "SHELVED_OFFLOADED"},
}

#: Statuses for which ``progress`` and ``fault`` are shown.
PROGRESS_STATUSES = frozenset({"ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"})
FAULT_STATUSES = frozenset({"ERROR", "DELETED"})


def status_of(vm_state: str, task_state: str | None, deleted: bool = False) -> str:
    """The status shown for a server in these states; a deleted row shows DELETED whatever they are."""
    if deleted:
        return "DELETED"
    row = STATUSES.get(vm_state)
    if row is None:
        return UNKNOWN_STATUS
    return row.get(task_state or _OTHERWISE, row[_OTHERWISE])


def states_of(status: str) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """The (vm_state, task_states) pairs that ``?status=`` selects; task_states None means any.

    Case does not matter.  ``ACTIVE`` therefore also selects a rebooting server:
    where the status is a vm_state's ordinary one, only the vm_state is asked for.
    """
    wanted = status.upper()
    for vm_state, row in STATUSES.items():
        if row[_OTHERWISE] == wanted:
            yield vm_state, None
        else:
            tasks = tuple(task for task, shown in row.items() if shown == wanted)
            if tasks:
                yield vm_state, tasks
