"""Resizes that nobody has confirmed within ``resize_confirm_window`` are confirmed by their host."""

from __future__ import annotations

import datetime
import logging

from nova_api import exception
from nova_api.compute.manager.host import Host
from nova_api.compute.servers.resize import confirm
from nova_api.context import admin
from nova_api.db import guests, server_migrations
from nova_api.db.schema.base import utcnow

LOG = logging.getLogger(__name__)

#: Most of them in one turn.
_BATCH = 100


class Confirmer:
    """The periodic job of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def confirm_due(self) -> None:
        """Confirms the moves to this host that have waited long enough, as a user would."""
        backend = self._host.backend
        window = backend.conf.resize_confirm_window
        if not window:
            return
        before = utcnow() - datetime.timedelta(seconds=window)
        with backend.db.reader() as conn:
            due = server_migrations.unconfirmed(conn, self._host.name, before, _BATCH)
            servers = [guests.get(conn, migration.server_uuid) for migration in due]
        for server in servers:
            if server is None or server.is_going:
                continue
            try:
                confirm(backend, admin(), server)
            except (exception.Invalid, exception.Conflict, exception.NotFound) as error:
                # Its user was quicker, or it is busy: the next turn looks again.
                LOG.info("Server %s is not confirmed: %s", server.uuid, error)
