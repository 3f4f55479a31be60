"""The shape of one row of the transition table."""

from __future__ import annotations

import dataclasses

from nova_api.compute.states import ACTIVE, PAUSED, STOPPED, SUSPENDED

#: Only when nothing else is being done.
IDLE: frozenset[str | None] = frozenset({None})


@dataclasses.dataclass(frozen=True)
class Transition:
    """One operation: where it may begin, what the server shows meanwhile, where it ends.

    ``verb`` stands in refusals, ``action`` in os-instance-actions (None: not
    recorded), ``events`` below it; ``task_state`` is entered by
    ``transitions.begin`` (None: the task_state stays).  ``vm_state`` and
    ``power_state`` are those after success; None is "as before" or decided by
    the worker.
    """

    verb: str
    vm_states: frozenset[str] | None = None
    task_states: frozenset[str | None] | None = None
    refused_task_states: tuple[str, ...] = ()
    ignored_task_states: tuple[str, ...] = ()
    must_have_launched: bool = True
    needs_host: bool = False
    task_state: str | None = None
    vm_state: str | None = None
    power_state: int | None = None
    action: str | None = None
    events: tuple[str, ...] = ()
    honours_lock: bool = True
    #: The locked refusal has the words of the invalid-state one.
    locked_looks_like_state: bool = False


def vm(*words: str) -> frozenset[str]:
    """The set of these vm_states."""
    return frozenset(words)


#: Where a server has a running or resumable guest.
RUNNABLE = vm(ACTIVE, STOPPED, PAUSED, SUSPENDED)
