"""Backends of the healthcheck application: does the database answer, does the broker.

Each says which of the two it is, and nothing that a stranger should not read:
the reason goes to the log.
"""

from __future__ import annotations

import logging
import queue
import threading
from typing import Any

from oslo_middleware.healthcheck import pluginbase

from nova_api import backend as nova_backend
from nova_api import rpc
from nova_api.db import work as db_work

LOG = logging.getLogger(__name__)

#: Seconds that a part gets to answer. Load balancers ask every few seconds and give up soon.
PATIENCE = 2.0


class _Check(pluginbase.HealthcheckBaseExtension):
    """Asks one part, aside, so that a part that hangs makes a refusal and no hanging reply."""

    part = ""

    def __init__(self, *options: Any) -> None:
        super().__init__(*options)
        self.backend = nova_backend.active()

    def ask(self) -> None:
        """Raises when the part does not answer."""
        raise NotImplementedError

    def healthcheck(self, server_port: int) -> pluginbase.HealthcheckResult:
        """Available, or "<part> does not answer"."""
        del server_port
        answers: queue.Queue[Exception | None] = queue.Queue(1)

        def ask() -> None:
            try:
                self.ask()
                answers.put(None)
            except Exception as error:
                answers.put(error)

        threading.Thread(target=ask, name=f"health-{self.part}", daemon=True).start()
        try:
            error = answers.get(timeout=PATIENCE)
        except queue.Empty:
            error = TimeoutError(f"no answer within {PATIENCE:.0f} s")
        if error is None:
            return pluginbase.HealthcheckResult(True, f"{self.part} OK")
        LOG.warning("Health: the %s does not answer: %s", self.part, error)
        return pluginbase.HealthcheckResult(False, f"{self.part} does not answer")


class DatabaseCheck(_Check):
    """``nova_database``: a statement that reads a row of the API's own tables."""

    part = "database"

    def ask(self) -> None:
        """One statement; an empty database without tables is not healthy either."""
        with self.backend.db.reader() as conn:
            db_work.backlog(conn)


class BrokerCheck(_Check):
    """``nova_broker``: a connection to the broker that is opened and closed; nothing in one process."""

    part = "broker"

    def ask(self) -> None:
        """Raises what the broker's client raises."""
        rpc.reach(self.backend.conf, PATIENCE)
