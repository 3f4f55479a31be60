"""Heartbeats: how the others know that a service lives."""

from __future__ import annotations

import logging
import threading

from oslo_config import cfg

from nova_api.db import Database, services

LOG = logging.getLogger(__name__)

#: How long a stopping service waits for a heartbeat that is under way.
_JOIN_SECONDS = 5.0


class Heartbeat:
    """Registers the service ``binary`` on ``host``, and says every ``report_interval`` seconds: it lives."""

    def __init__(self, conf: cfg.ConfigOpts, db: Database, binary: str, host: str) -> None:
        self._interval = conf.report_interval
        self._db = db
        self._binary = binary
        self._host = host
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """The service is up when this returns."""
        self._db.retrying(self._ensure)
        self._db.retrying(self.beat)
        self._thread = threading.Thread(target=self._beat_on, name=f"heartbeat-{self._binary}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)

    def _ensure(self) -> None:
        with self._db.writer() as conn:
            services.ensure(conn, self._binary, self._host)

    def beat(self) -> None:
        """One heartbeat, now."""
        with self._db.writer() as conn:
            services.beat(conn, self._binary, self._host)

    def _beat_on(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self.beat()
            except Exception:
                LOG.exception(
                    "The heartbeat of %s on %s failed; the next one tries again.", self._binary, self._host
                )
