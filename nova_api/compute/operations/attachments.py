"""What is plugged into a server."""

from __future__ import annotations

from nova_api.compute.operations.transition import IDLE, Transition, vm
from nova_api.compute.states import (
    ACTIVE,
    ERROR,
    PAUSED,
    RESIZED,
    SHELVED,
    SHELVED_OFFLOADED,
    SOFT_DELETED,
    STOPPED,
)

_WITH_DISKS = vm(ACTIVE, PAUSED, STOPPED, RESIZED, SOFT_DELETED, SHELVED, SHELVED_OFFLOADED)

ROWS: dict[str, Transition] = {
    # --- what is plugged into it
    "attach_volume": Transition(
        "attach_volume",
        vm_states=_WITH_DISKS,
        task_states=IDLE,
        action="attach_volume",
        events=("compute_attach_volume", "api_attach_volume"),
    ),
    "detach_volume": Transition(
        "detach_volume",
        vm_states=_WITH_DISKS,
        task_states=IDLE,
        action="detach_volume",
        events=("compute_detach_volume", "api_detach_volume"),
    ),
    "swap_volume": Transition(
        "swap_volume",
        vm_states=vm(ACTIVE, PAUSED, RESIZED),
        task_states=IDLE,
        action="swap_volume",
        events=("compute_swap_volume",),
    ),
    "attach_interface": Transition(
        "attach_interface",
        vm_states=vm(ACTIVE, PAUSED, STOPPED),
        task_states=IDLE,
        action="attach_interface",
        events=("compute_attach_interface",),
    ),
    "detach_interface": Transition(
        "detach_interface",
        vm_states=vm(ACTIVE, PAUSED, STOPPED),
        task_states=IDLE,
        action="detach_interface",
        events=("compute_detach_interface",),
    ),
    # Not recorded among its actions, and whatever its state: the address is the network's affair.
    "add_fixed_ip": Transition("addFixedIp", must_have_launched=False, needs_host=True),
    "remove_fixed_ip": Transition("removeFixedIp", must_have_launched=False, needs_host=True),
    "attach_share": Transition(
        "create share",
        vm_states=vm(STOPPED),
        must_have_launched=False,
        action="attach_share",
        events=("compute_allow_share",),
        honours_lock=False,
    ),
    "detach_share": Transition(
        "delete share",
        vm_states=vm(STOPPED, ERROR),
        must_have_launched=False,
        action="detach_share",
        events=("compute_deny_share",),
        honours_lock=False,
    ),
}
