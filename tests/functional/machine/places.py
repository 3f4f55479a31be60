"""Where a history happens: a cloud that answers requests, and whose hosts can be lost."""

from __future__ import annotations

import abc
import pathlib
from typing import Any

import sqlalchemy as sa

from nova_api import seed
from nova_api.backend import Backend
from nova_api.db.schema.work import work_items
from nova_api.wsgi.loader import Loader
from tests.functional.client import Api
from tests.functional.machine.operations import Ask
from tests.functional.machine.world import ADMIN, CALLERS, World, look
from tests.functional.work.cloud import Cloud, options, until

HOSTS = ("host1", "host2", "host3")
#: Seconds within which everything that was accepted has to be done.
PATIENCE = 60.0
#: Small enough that hosts fill up, slow enough that operations meet.
TIMES = {
    "fake__vcpus": 2,
    "fake__memory_mb": 512 + 6 * 1024,
    "fake__build_time": 0.03,
    "fake__power_time": 0.01,
    "fake__move_time": 0.02,
    "fake__snapshot_time": 0.02,
    "fake__live_migration_time": 0.15,
    "fake__fail_names": "^doomed",
    "work__sweep_interval": 0.5,
    "work__unclaimed_after": 1.0,
}


class Place(abc.ABC):
    """A cloud of ``HOSTS``."""

    backend: Backend

    def __init__(self) -> None:
        self.lost: set[str] = set()
        #: Something is wrong with it: nothing more should be tried on it.
        self.spoilt = False

    def configure(self, profile: dict[str, Any]) -> dict[str, Any]:
        """Sets options for the next history where that is possible; those that it set."""
        del profile
        return {}

    @abc.abstractmethod
    def ask(self, ask: Ask) -> tuple[int, str]:
        """Status and body of the reply."""

    @abc.abstractmethod
    def _end_host(self, host: str) -> None: ...

    @abc.abstractmethod
    def _begin_host(self, host: str) -> None: ...

    @abc.abstractmethod
    def close(self) -> None: ...

    def world(self) -> World:
        return look(self.backend, HOSTS, frozenset(self.lost))

    def lose(self, host: str) -> None:
        """The host's service ends, and an administrator says that it is dead."""
        if host in self.lost:
            return
        self.lost.add(host)
        self._end_host(host)
        assert self._force_down(host, True), host

    def bring_back(self) -> None:
        """Every host that was lost works again."""
        for host in sorted(self.lost):
            self._begin_host(host)
            if not self._force_down(host, False):
                # Servers were still being evacuated when it started: it has to see that they are gone.
                self.drain()
                self._end_host(host)
                self._begin_host(host)
                assert self._force_down(host, False), host
            self.lost.remove(host)

    def _force_down(self, host: str, down: bool) -> bool:
        body = {"host": host, "binary": "nova-compute", "forced_down": down}
        return self.ask(Ask(ADMIN, "PUT", "/v2.1/os-services/force-down", body, "2.52"))[0] == 200

    def work(self) -> list[Any]:
        """What is still to be done by hosts that work."""
        with self.backend.db.reader() as conn:
            rows = list(conn.execute(sa.select(work_items)))
        return [row for row in rows if row.host not in self.lost]

    def drain(self) -> None:
        """Waits until nothing is left to do; fails the test when that takes too long."""
        try:
            until(lambda: not self.work(), "work is done", PATIENCE)
        except AssertionError:
            raise AssertionError(f"still to be done: {self.work()}") from None


def token(who: int) -> str:
    user, project = CALLERS[who]
    return f"{user}:{project}"


class OneProcess(Place):
    """The paste application, a scheduler and three compute hosts as threads of the test."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__()
        self._set: list[str] = []
        conf = options(folder, **{"api_rate_limit": False, "work__call_timeout": 10, **TIMES})
        self._cloud = Cloud(conf)
        self.backend = self._cloud.backend
        seed.first_start(self.backend, {"admin": "a", "demo": "b"})
        self._app = Loader(conf).load_app("osapi_compute")
        self._hosts = {host: self._cloud.compute(host) for host in HOSTS}
        self._cloud.scheduler()

    def ask(self, ask: Ask) -> tuple[int, str]:
        user, project = CALLERS[ask.who]
        api = Api(self._app, user, project)
        reply = api.request(ask.method, ask.path, ask.body, version=ask.version, root="")
        return reply.status_int, reply.text

    def configure(self, profile: dict[str, Any]) -> dict[str, Any]:
        for name in self._set:
            self._cloud.conf.clear_override(name)
        for name, value in profile.items():
            self._cloud.conf.set_override(name, value)
        self._set = list(profile)
        return profile

    def _end_host(self, host: str) -> None:
        service = self._hosts.pop(host)
        service.stop()
        service.wait()
        self._cloud.services.remove(service)

    def _begin_host(self, host: str) -> None:
        self._hosts[host] = self._cloud.compute(host)

    def close(self) -> None:
        self._cloud.close()
