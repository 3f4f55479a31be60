"""The compute manager of one host as a service of a process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from nova_api import rpc
from nova_api.compute import drivers
from nova_api.compute.manager import ComputeManager
from nova_api.compute.manager.calls import Calls
from nova_api.work.heartbeat import Heartbeat
from nova_api.work.periodic import Periodic
from nova_api.work.worker import Task, Worker

if TYPE_CHECKING:
    from nova_api.backend import Backend

LOG = logging.getLogger(__name__)

BINARY = "nova-compute"


def hosts_of(backend: Backend) -> list[str]:
    """The hosts that this process plays: ``[compute] hosts``, or ``[DEFAULT] host``."""
    return list(backend.conf.compute.hosts) or [str(backend.conf.host)]


class ComputeService:
    """Consumer of topic ``compute`` on ``host``.  Make it in the process that runs it, after any fork.

    There must be one for a host: at its start it takes over what its
    predecessor left unfinished.
    """

    def __init__(self, backend: Backend, host: str) -> None:
        conf = backend.conf
        self._host = host
        self._db = backend.db
        self._manager = ComputeManager(backend, host, drivers.load(conf, host))
        self._heartbeat = Heartbeat(conf, backend.db, BINARY, host)
        self._periodic = Periodic(
            f"{BINARY}@{host}", conf.work.periodic_interval, self._manager.periodic_jobs
        )
        calls = Calls(host, self._manager.questions, self._do)
        self.worker = Worker(
            conf, backend, rpc.COMPUTE, host, self._manager, for_any=False, answer=calls.answer
        )

    def start(self) -> None:
        """Reports the host, clears up after servers deleted while it was away, then works."""
        retrying = self._db.retrying
        retrying(self._manager.report)
        for uuid in retrying(self._manager.reconcile):
            LOG.warning(
                "%s: guest %s belongs to no server of this host any more; destroyed.", self._host, uuid
            )
        self.worker.start()
        # Up means that it hears: a message sent before that would wait for the sweep.
        self._heartbeat.start()
        self._periodic.start()

    def stop(self) -> None:
        """Takes nothing more."""
        self._periodic.stop()
        self.worker.stop()

    def wait(self) -> None:
        """Returns when the work in hand has ended."""
        self.worker.wait()
        self._heartbeat.stop()

    def _do(self, item: str) -> Task | None:
        return self.worker.do(item)

    def reset(self) -> None:
        """Options of a compute service are read at its start only."""
