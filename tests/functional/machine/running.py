"""Runs of the state machine: how long, from which seed, and what is told of them."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable, Iterator

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from tests.functional.machine.places import Place
from tests.functional.machine.rules import CloudMachine, Report


class Places:
    """The place where histories happen: made when it is needed, and made anew when it is spoilt."""

    def __init__(self, make: Callable[[], contextlib.AbstractContextManager[Place]]) -> None:
        self._make = make
        self._stack = contextlib.ExitStack()
        self._place: Place | None = None

    def get(self) -> Place:
        if self._place is None or self._place.spoilt:
            self.close()
            self._place = self._stack.enter_context(self._make())
        return self._place

    def close(self) -> None:
        self._stack.close()
        self._place = None


def _seed() -> int | None:
    """``SEED`` of the environment, or one drawn for a long run (``STEPS``); None: always the same."""
    if os.environ.get("SEED"):
        return int(os.environ["SEED"])
    return random.randrange(2**32) if os.environ.get("STEPS") else None


def _settings(steps: int, length: int, *, same: bool) -> hypothesis.settings:
    phases = [hypothesis.Phase.generate]
    if not same:
        # Shrinking takes many runs: for whoever looks for something, not for every change.
        phases.append(hypothesis.Phase.shrink)
    return hypothesis.settings(
        max_examples=max(int(os.environ.get("STEPS") or steps) // length, 1),
        stateful_step_count=length,
        derandomize=same,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=phases,
        print_blob=False,
    )


@contextlib.contextmanager
def _told(report: Report, seed: int | None) -> Iterator[None]:
    """Prints what was done, and, where it ends in a failure, the shortest history that led to it."""
    try:
        yield
    except BaseException:
        print(f"SEED={seed}; the shortest history that ended badly:")
        print("\n".join(report.shortest))
        raise
    finally:
        statuses = ", ".join(f"{count} × {status}" for status, count in sorted(report.answered.items()))
        print(f"{report.histories} histories, {report.answered.total()} requests: {statuses} (SEED={seed})")


def run(make: Callable[[], contextlib.AbstractContextManager[Place]], steps: int, length: int) -> None:
    """Histories of ``length`` steps; ``steps`` of them together, or ``STEPS`` of the environment."""
    places, report, seed = Places(make), Report(), _seed()

    def machine() -> CloudMachine:
        return CloudMachine(places.get(), report)

    if seed is not None:
        hypothesis.seed(seed)(machine)
    try:
        with _told(report, seed):
            run_state_machine_as_test(machine, settings=_settings(steps, length, same=seed is None))  # type: ignore[arg-type]
    finally:
        places.close()
