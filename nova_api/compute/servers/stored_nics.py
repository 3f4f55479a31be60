"""The copy of a server's NICs in its own row, which searches by address look at."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute.transitions import ServerRecord
from nova_api.db import server_changes


def refresh(backend: Backend, server: ServerRecord) -> None:
    """Writes what the network service says now."""
    nics = backend.networks.nics_of([server.uuid]).get(server.uuid, [])

    def attempt() -> None:
        with backend.db.writer() as conn:
            server_changes.change(conn, server.id, {"nics": nics})

    backend.db.retrying(attempt)
