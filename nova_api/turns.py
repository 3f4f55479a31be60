"""Long loops that let the other requests of the process have their turn."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

_T = TypeVar("_T")

#: Items after which the others get a turn.
EVERY = 50


def shared(items: Iterable[_T]) -> Iterator[_T]:
    """``items``, with a pause after each ``EVERY`` in which other threads, green or native, may run."""
    for number, item in enumerate(items, 1):
        yield item
        if number % EVERY == 0:
            time.sleep(0)  # green where the programs have made it so
