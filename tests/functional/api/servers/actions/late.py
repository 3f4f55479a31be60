"""Runs of work items that are late: a successor has done the work before they go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.waiting import until


class Late:
    """The first call of a method comes back only when it is let go on; all others do at once."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self._cloud = cloud
        self._first = threading.Lock()
        self._is_held, self._goes_on = threading.Event(), threading.Event()
        self._fails: Exception | None = None
        real = getattr(owner, name)

        def call(*args: Any, **named: Any) -> Any:
            # First: where two hold the same method, the one made later holds the second call.
            answer = real(*args, **named)
            if self._first.acquire(blocking=False):
                self._is_held.set()
                assert self._goes_on.wait(60)
                if self._fails is not None:
                    raise self._fails
            return answer

        monkeypatch.setattr(owner, name, call)

    def is_held(self) -> bool:
        """Whether the call has done its work, and is not let go on."""
        return self._is_held.is_set()

    def succeeded(self, host: str) -> None:
        """Once the call has done its work, and is held, a new service of ``host`` takes its item over."""
        until(self.is_held)
        self._cloud.replace(host)

    def goes_on(self, host: str, *, fails: Exception | None = None) -> None:
        """The call comes back, or ``fails``, and what it was made for runs to its end."""
        self._fails = fails
        self.let_go()
        self._cloud.stop(host)

    def let_go(self) -> None:
        """Nothing is held any more."""
        self._goes_on.set()


#: Holds the first call of a method of a class, or of an object.
Hold = Callable[[Any, str], Late]
