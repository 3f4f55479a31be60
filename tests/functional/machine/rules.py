"""The state machine: bursts of requests, lost hosts, quiet moments."""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.functional.machine import invariants
from tests.functional.machine.operations import OPERATIONS, WEIGHTS, Ask
from tests.functional.machine.places import HOSTS, Place
from tests.functional.machine.world import ADMIN, Pick

#: Clients that ask at the same time.
CLIENTS = 4
#: Options under which histories run, where the place can change them.
PROFILES: tuple[dict[str, Any], ...] = (
    {},
    {"shelved_offload_time": -1},
    {"reclaim_instance_interval": 3600},
    {"allow_resize_to_same_host": True},
)


@dataclasses.dataclass(frozen=True)
class Op:
    """One operation as it was drawn: by whom, on the how-manieth server, with which choices."""

    name: str
    who: int
    server: int
    pick: int


_NAMES = [name for name in OPERATIONS for _ in range(WEIGHTS.get(name, 1))]
OPS = st.builds(
    Op,
    name=st.sampled_from(_NAMES),
    who=st.sampled_from((0, ADMIN, 0, 0, 1, ADMIN)),
    server=st.integers(0, 7),
    pick=st.integers(0, 2**20),
)


@dataclasses.dataclass
class Report:
    """What a run has seen: replies by status, and the shortest history that ended badly."""

    answered: collections.Counter[int] = dataclasses.field(default_factory=collections.Counter)
    histories: int = 0
    shortest: list[str] = dataclasses.field(default_factory=list)

    def failed(self, history: list[str], error: object) -> None:
        if not self.shortest or len(history) < len(self.shortest):
            self.shortest = [*history, f"=> {error}"]


#: Two servers of the first project, one of the second, and something to plug in.
BEGINNING = (
    *(Op("create", who, 0, 0) for who in (0, 0, 1)),
    *(Op(name, 0, 0, 0) for name in ("create_volume", "create_volume", "create_port")),
)


class CloudMachine(RuleBasedStateMachine):
    """One history on a place, which it leaves as it found it unless something is wrong."""

    def __init__(self, place: Place, report: Report) -> None:
        super().__init__()
        self.place = place
        self.report = report
        self.history: list[str] = []
        self.reset: set[str] = set()
        self.clients = concurrent.futures.ThreadPoolExecutor(CLIENTS)
        self.failed = False

    # --- rules

    @initialize(profile=st.sampled_from(PROFILES))
    def begin(self, profile: dict[str, Any]) -> None:
        """Options, and a cloud that is not empty: a few servers, volumes and ports."""
        with self._kept():
            self.history.append(f"options {self.place.configure(profile)}")
            for op in BEGINNING:
                ask = self._make(op)
                assert ask is not None
                self._ask(ask)
            self._settle()

    @rule(ops=st.lists(OPS, min_size=2, max_size=2 * CLIENTS), settle=st.booleans())
    def burst(self, ops: list[Op], settle: bool) -> None:
        """Requests at the same time; ``settle`` waits for what they began."""
        asks = [ask for op in ops if (ask := self._make(op)) is not None]
        with self._kept():
            for done in [self.clients.submit(self._ask, ask) for ask in asks]:
                done.result()
            if settle:
                self._settle()

    @rule(ops=st.lists(OPS, min_size=2, max_size=2 * CLIENTS))
    def walk(self, ops: list[Op]) -> None:
        """One request after the other, each done before the next."""
        with self._kept():
            for op in ops:
                ask = self._make(op)
                if ask is not None:
                    self._ask(ask)
                    self.place.drain()
            self._settle()

    @rule(host=st.sampled_from(HOSTS))
    def lose(self, host: str) -> None:
        self.history.append(f"lose {host}")
        with self._kept():
            # One stays, or nothing can be done any more.
            if len(self.place.lost) < len(HOSTS) - 1:
                self.place.lose(host)

    @rule()
    def quiet(self) -> None:
        """Every host back, everything done."""
        self.history.append("quiet")
        with self._kept():
            self.place.bring_back()
            self._settle(thorough=True)

    def teardown(self) -> None:
        self.report.histories += 1
        try:
            # What is wrong already has been told; another cloud takes the place of this one.
            if not self.failed:
                self.quiet()
                with self._kept():
                    self._delete_all()
        finally:
            self.clients.shutdown()
            if self.failed:
                self.place.spoilt = True

    # --- their parts

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.failed = True
            self.report.failed(self.history, error)
            raise

    def _make(self, op: Op) -> Ask | None:
        return OPERATIONS[op.name](self.place.world(), op.who, op.server, Pick(op.pick))

    def _ask(self, ask: Ask) -> None:
        status, text = self.place.ask(ask)
        self.history.append(f"{ask} -> {status}" + (f" {text[:200]}" if status >= 300 else ""))
        self.report.answered[status] += 1
        if isinstance(ask.body, dict) and "os-resetState" in ask.body and status == 202:
            self.reset.add(ask.path.split("/")[3])
        # 503 is for callers whose server's host does not answer.
        bad = status >= 500 and not (status == 503 and self.place.lost)
        assert not bad, f"{ask}: {status} {text}"

    def _settle(self, *, thorough: bool = False) -> None:
        self.place.drain()
        if not self.place.lost:
            self.history.append("settled")
            invariants.check(self.place, self.reset, thorough=thorough)

    def _delete_all(self) -> None:
        """Of servers that are deleted nothing remains; then the rest goes, too."""
        self.history.append("delete all")
        for server in self.place.world().servers:
            body = {"forceDelete": None}
            self._ask(Ask(ADMIN, "POST", f"/v2.1/servers/{server.uuid}/action", body))
        self.place.drain()
        invariants.nothing_left(self.place)
        world = self.place.world()
        gone = [f"/volume/v3/volumes/{row.uuid}" for row in world.volumes]
        gone += [f"/network/v2.0/ports/{row.uuid}" for row in world.ports]
        for path in gone:
            self._ask(Ask(ADMIN, "DELETE", path, None, None))
        for row in world.groups:
            self._ask(Ask(ADMIN, "DELETE", f"/v2.1/os-server-groups/{row.uuid}"))
        for host in HOSTS:
            body = {"host": host, "binary": "nova-compute"}
            self._ask(Ask(ADMIN, "PUT", "/v2.1/os-services/enable", body, "2.52"))
