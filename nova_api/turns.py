"""Long loops that let the other requests of the process have their turn."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
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


def batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """``items``, ``EVERY`` at a time, with the same pause after each but the last."""
    for start in range(0, len(items), EVERY):
        if start:
            time.sleep(0)
        yield items[start : start + EVERY]
