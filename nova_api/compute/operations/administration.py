"""Images of a server, its administration, and what only the API or the host answers."""

from __future__ import annotations

from nova_api.compute.operations.transition import IDLE, RUNNABLE, Transition, vm
from nova_api.compute.states import (
    ACTIVE,
    DELETING,
    ERROR,
    IMAGE_BACKUP,
    IMAGE_SNAPSHOT_PENDING,
    MIGRATING,
    PAUSED,
    POWERING_OFF,
    POWERING_ON,
    RESCUED,
    RESIZED,
    RUNNING,
    SHUTDOWN,
    STOPPED,
    UPDATING_PASSWORD,
)

ROWS: dict[str, Transition] = {
    # --- images of it
    "create_image": Transition(
        "createImage",
        vm_states=RUNNABLE,
        task_states=IDLE,
        task_state=IMAGE_SNAPSHOT_PENDING,
        action="createImage",
        events=("compute_snapshot_instance",),
        honours_lock=False,
    ),
    "create_backup": Transition(
        "createBackup",
        vm_states=RUNNABLE,
        task_states=IDLE,
        task_state=IMAGE_BACKUP,
        action="createBackup",
        events=("compute_backup_instance",),
        honours_lock=False,
    ),
    # --- administration
    "change_password": Transition(
        "changePassword",
        vm_states=vm(ACTIVE),
        task_states=IDLE,
        task_state=UPDATING_PASSWORD,
        action="changePassword",
        events=("compute_set_admin_password",),
        locked_looks_like_state=True,
    ),
    "lock": Transition(
        "lock", must_have_launched=False, action="lock", events=("api_lock",), honours_lock=False
    ),
    "unlock": Transition(
        "unlock", must_have_launched=False, action="unlock", events=("api_unlock",), honours_lock=False
    ),
    "trigger_crash_dump": Transition(
        "trigger_crash_dump",
        vm_states=vm(ACTIVE, PAUSED, RESCUED, RESIZED, ERROR),
        task_states=IDLE,
        needs_host=True,
        action="trigger_crash_dump",
        events=("compute_trigger_crash_dump",),
    ),
    "inject_network_info": Transition("injectNetworkInfo", must_have_launched=False),
    "reset_state": Transition(
        "resetState", must_have_launched=False, action="resetState", honours_lock=False
    ),
    # --- what other services tell of
    "power_update_on": Transition(
        "power-update",
        vm_states=vm(STOPPED),
        task_states=IDLE,
        must_have_launched=False,
        task_state=POWERING_ON,
        vm_state=ACTIVE,
        power_state=RUNNING,
        action="start",
        events=("compute_power_update",),
        honours_lock=False,
    ),
    "power_update_off": Transition(
        "power-update",
        vm_states=vm(ACTIVE),
        task_states=IDLE,
        must_have_launched=False,
        task_state=POWERING_OFF,
        vm_state=STOPPED,
        power_state=SHUTDOWN,
        action="stop",
        events=("compute_power_update",),
        honours_lock=False,
    ),
    "extend_volume": Transition(
        "extend_volume",
        must_have_launched=False,
        action="extend_volume",
        events=("compute_extend_volume",),
        honours_lock=False,
    ),
    # --- what only the API does
    "update_metadata": Transition("update metadata", vm_states=RUNNABLE),
    "delete_metadata": Transition("delete metadata", vm_states=RUNNABLE),
    "update_tags": Transition(
        "update tag(s)", vm_states=RUNNABLE, must_have_launched=False, honours_lock=False
    ),
    "delete_tags": Transition(
        "delete tag(s)", vm_states=RUNNABLE, must_have_launched=False, honours_lock=False
    ),
    "update": Transition("update", must_have_launched=False, honours_lock=False),
    # --- what asks the host
    "console": Transition(
        "get_vnc_console",
        refused_task_states=(DELETING, MIGRATING),
        must_have_launched=False,
        needs_host=True,
        honours_lock=False,
    ),
    "console_output": Transition(
        "console_output", must_have_launched=False, needs_host=True, honours_lock=False
    ),
    "diagnostics": Transition("diagnostics", must_have_launched=False, needs_host=True, honours_lock=False),
}
