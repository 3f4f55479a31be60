"""The world that a recorded conversation began in, built in front of each replayed test.

``World`` is a paste filter, the outermost one of the ini that ``servers.py``
writes.  ``POST /__reset`` empties the state of the process, loads the seed of
the world that the body names (``seeds.py``), and sets the options that the
recorded test's set-up had set.  ``POST /__event`` does what the recorded test
did between two requests: an option set, a compute service started, a function
of the reference replaced by one that says that a host is down.  Everything
else passes through (and is recorded when the environment asks for that).

Most recorded worlds ran casts as calls: in those, a request that begins
something waits until that is done.
"""

from __future__ import annotations

import itertools
import json
import logging
import pathlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from oslo_config import cfg

from tests.conformance import recorder, seeds

LOG = logging.getLogger(__name__)
RESET = "/__reset"
EVENT = "/__event"

#: Functions that recorded tests replaced in their midst → the hand of the cloud that does the same.
REPLACED = {
    "nova.servicegroup.api.API.service_is_up": "silence",
    "nova.db.main.api.block_device_mapping_get_all_by_instance_uuids": "give_volumes",
    "nova.compute.api.HostAPI.get_host_uptime": "tell_uptime",
}
#: Functions that, replaced, find any host that is asked for.
ANY_HOST = frozenset(
    {
        "nova.compute.api.HostAPI.service_get_by_compute_host",
        "nova.db.main.api.service_get_by_compute_host",
        "nova.conductor.manager.ComputeTaskManager._live_migrate",
        "nova.conductor.tasks.live_migrate.LiveMigrationTask._execute",
    }
)


class Casts(Protocol):
    """What of ``cloud.CastsAsCalls`` a World needs."""

    PATIENCE: float

    def wait_until(self, end: float) -> None: ...
    def settle(self) -> None: ...


class Hands(Protocol):
    """What of ``cloud.Cloud`` a World needs."""

    @property
    def casts(self) -> Casts: ...
    def reset(self, seed: dict[str, Any]) -> None: ...
    def start_host(self, host: str, driver: str | None) -> None: ...


class _Rest:
    """What is left of a body, closing the body that it comes from."""

    def __init__(self, pieces: Iterator[bytes], body: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        if hasattr(self._body, "close"):
            self._body.close()


class World:
    """Answers ``POST /__reset`` and ``POST /__event``; passes everything else on.

    :param app: the application below
    :param conf: the options to set and unset
    :param cloud: what is done to the service
    :param world: the recordings' world.json, parsed
    """

    def __init__(
        self, app: WSGIApplication, conf: cfg.ConfigOpts, cloud: Hands, world: dict[str, Any]
    ) -> None:
        self.app = app
        self.conf = conf
        self.cloud = cloud
        self.world = world
        self._set: list[tuple[str | None, str]] = []
        self._casts_are_calls = self._waits = True
        self._driver: str | None = None
        #: Hosts that are found from an event on that makes any host be found.
        self._made_up: list[str] = []
        #: Hands that are used after every request that changed something, from an event to the next reset.
        self._replaced: list[str] = []

    @classmethod
    def factory(cls, global_conf: dict[str, str], world_file: str) -> Callable[[WSGIApplication], World]:
        """Paste Deploy's filter_factory. :param world_file: path of world.json"""
        # Imported here, so that a test can drive World without a service around it.
        from nova_api import backend as nova_backend
        from tests.conformance.cloud import Cloud

        del global_conf
        backend = nova_backend.active()
        cloud = Cloud(backend)
        world = json.loads(pathlib.Path(world_file).read_text(encoding="utf-8"))
        return lambda app: cls(recorder.recording(app), backend.conf, cloud, world)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = {RESET: self._reset, EVENT: self._event}.get(environ["PATH_INFO"])
        if environ["REQUEST_METHOD"] != "POST" or answer is None:
            return self._settled(environ, start_response)
        answer(json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}"))
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    # --- before a test, and in its midst

    def _reset(self, asked: dict[str, Any]) -> None:
        self._waits = asked.get("attrs", {}).get("CAST_AS_CALL", True)
        # Without the fixture a reply tells of what has begun; the next request finds it done all the same.
        self._casts_are_calls = self._waits and seeds.casts_are_calls(asked)
        self._replaced = []
        self._made_up = list(asked.get("attrs", {}).get("hosts", ()))
        for group, name in self._set:
            self.conf.clear_override(name, group=group)
        self._set = []
        for option in seeds.flags(asked):
            self._option(*option)
        self._driver = next(
            (value for _, name, value in seeds.flags(asked) if name == "compute_driver"), None
        )
        self.cloud.reset(seeds.seed(self.world, asked))

    def _event(self, event: dict[str, Any]) -> None:
        for option in seeds.options_of(event):
            self._option(*option)
        host = seeds.host_of(event)
        if host is not None and event["kind"] != "stop_service":
            self.cloud.start_host(host, self._driver)
        target = str(event.get("target"))
        if target in ANY_HOST:
            for made_up in self._made_up:
                self.cloud.start_host(made_up, self._driver)
        hand = REPLACED.get(target)
        if hand is not None:
            self._replaced.append(hand)
            getattr(self.cloud, hand)()

    def _option(self, group: str | None, name: str, value: Any) -> None:
        """Sets an option that exists here, until the next reset."""
        try:
            self.conf.set_override(name, value, group=group)
        except (cfg.NoSuchOptError, cfg.NoSuchGroupError, ValueError):
            LOG.info("no option [%s] %s to set to %r", group or "DEFAULT", name, value)
        else:
            self._set.append((group, name))

    # --- its requests

    def _settled(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        statuses: list[str] = []

        def note(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            statuses.append(status)
            return start_response(status, headers, *rest)

        changes = environ["REQUEST_METHOD"] != "GET"
        casts = self.cloud.casts
        end = time.monotonic() + casts.PATIENCE if self._waits and changes else 0.0
        casts.wait_until(end if self._casts_are_calls else 0.0)
        body = self.app(environ, note)
        # A generator (the recorder's is one) says its status with its first piece.
        pieces = iter(body)
        first = list(itertools.islice(pieces, 1))
        if changes and statuses[-1].startswith("2"):
            # Also what was begun by a call to a host that answers before it has ended.
            casts.wait_until(end)
            casts.settle()
            for hand in self._replaced:
                getattr(self.cloud, hand)()
        casts.wait_until(0.0)
        return _Rest(itertools.chain(first, pieces), body)
