"""The transition table: every operation on a server, as data.  ``nova_api.compute.transitions`` applies it.

Source: ``states.md`` (b) of the facts.  ``None`` for a set of states means
that it is not checked; ``None`` inside a set of task_states means idle.
"""

from __future__ import annotations

from nova_api.compute.operations import administration, attachments, lifecycle, moves
from nova_api.compute.operations.transition import Transition

__all__ = ["OPERATIONS", "Transition"]

#: Name of the operation → its row.
OPERATIONS: dict[str, Transition] = {
    **lifecycle.ROWS,
    **moves.ROWS,
    **attachments.ROWS,
    **administration.ROWS,
}
