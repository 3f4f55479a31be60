"""Random histories of one process with three fake hosts."""

from __future__ import annotations

import contextlib
import itertools
import pathlib
from collections.abc import Iterator

from tests.functional.machine import running
from tests.functional.machine.places import OneProcess, Place


def test_one_process(tmp_path: pathlib.Path) -> None:
    number = itertools.count()

    @contextlib.contextmanager
    def make() -> Iterator[Place]:
        place = OneProcess(tmp_path / str(next(number)))
        try:
            yield place
        finally:
            place.close()

    running.run(make, steps=360, length=30)
