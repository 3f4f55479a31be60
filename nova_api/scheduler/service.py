"""The scheduler as a service of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_api import rpc
from nova_api.scheduler.manager import SchedulerManager
from nova_api.work.heartbeat import Heartbeat
from nova_api.work.worker import Worker

if TYPE_CHECKING:
    from nova_api.backend import Backend

BINARY = "nova-scheduler"


class SchedulerService:
    """Consumer of topic ``scheduler``.  Make it in the process that runs it, after any fork."""

    def __init__(self, backend: Backend) -> None:
        conf = backend.conf
        host = str(conf.host)
        self._heartbeat = Heartbeat(conf, backend.db, BINARY, host)
        self.worker = Worker(conf, backend, rpc.SCHEDULER, host, SchedulerManager(backend), for_any=True)

    def start(self) -> None:
        self.worker.start()
        self._heartbeat.start()  # up means that it hears

    def stop(self) -> None:
        """Takes nothing more."""
        self.worker.stop()

    def wait(self) -> None:
        """Returns when the work in hand has ended."""
        self.worker.wait()
        self._heartbeat.stop()

    def reset(self) -> None:
        """Options of a scheduler are read at its start only."""
