"""The NUMA cells of a guest, as its flavor (or, where that is silent, its image) asks for them.

Hosts report no cells of their own here: a guest's cell is said to be on the
host cell of the same number, and its CPUs float within it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

#: Page sizes in KiB by the words for them; "any" and "large" leave it to the host.
_PAGES = {"small": 4}
_UNITS = {"": 1, "k": 1, "m": 1024, "g": 1024 * 1024}
_SIZE = re.compile(r"(\d+)\s*([kmg]?)i?b?", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Cell:
    """A NUMA cell of a guest: MiB, vCPUs, and which of those are threads of one core."""

    number: int
    memory_mb: int
    vcpus: tuple[int, ...]
    siblings: tuple[tuple[int, ...], ...]


@dataclasses.dataclass(frozen=True)
class Topology:
    """Cells in order (none without a NUMA topology), and KiB of its pages if it asks for a size."""

    cells: tuple[Cell, ...]
    page_size_kb: int | None


def of(flavor: Mapping[str, Any], image_properties: Mapping[str, Any] | None) -> Topology:
    """The topology of a server with this copy of its flavor and these properties of its image."""
    asked = _Asked(flavor.get("extra_specs") or {}, image_properties or {})
    pages = asked.text("mem_page_size")
    page_size = None if pages is None else _page_size(pages)
    count = asked.number("numa_nodes") or (1 if pages is not None else 0)
    if not count:
        return Topology((), page_size)
    threads = asked.number("cpu_threads") or 1
    vcpus, memory = int(flavor["vcpus"]), int(flavor["ram"])
    cells = []
    for number in range(count):
        # Without a list of its own a cell has its share of the CPUs; the first cells have those left over.
        share, more = divmod(vcpus, count)
        first = number * share + min(number, more)
        usual = tuple(range(first, first + share + (number < more)))
        listed = asked.text(f"numa_cpus.{number}")
        cpus = usual if listed is None else _cpus(listed)
        cells.append(
            Cell(
                number=number,
                memory_mb=asked.number(f"numa_mem.{number}") or memory // count,
                vcpus=cpus,
                siblings=_siblings(cpus, threads),
            )
        )
    return Topology(tuple(cells), page_size)


class _Asked:
    """``hw:<name>`` of a flavor, else ``hw_<name>`` of an image."""

    def __init__(self, specs: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        self._specs = specs
        self._properties = properties

    def text(self, name: str) -> str | None:
        value = self._specs.get(f"hw:{name}", self._properties.get(f"hw_{name}"))
        return None if value is None else str(value)

    def number(self, name: str) -> int:
        """0 for what is no number: flavors made before such keys were checked hold anything."""
        text = self.text(name) or ""
        return int(text) if text.isascii() and text.isdigit() else 0


def _page_size(text: str) -> int | None:
    if text in _PAGES:
        return _PAGES[text]
    found = _SIZE.fullmatch(text.strip())
    return None if found is None else int(found[1]) * _UNITS[found[2].lower()]


def _cpus(text: str) -> tuple[int, ...]:
    """``0-2,^1,5`` is 0, 2 and 5."""
    chosen: set[int] = set()
    left_out: set[int] = set()
    for part in text.replace(" ", "").split(","):
        low, _, high = part.lstrip("^").partition("-")
        if low.isdigit() and (not high or high.isdigit()):
            (left_out if part.startswith("^") else chosen).update(range(int(low), int(high or low) + 1))
    return tuple(sorted(chosen - left_out))


def _siblings(cpus: tuple[int, ...], threads: int) -> tuple[tuple[int, ...], ...]:
    if threads < 2:
        return ()
    whole = len(cpus) - len(cpus) % threads
    return tuple(cpus[start : start + threads] for start in range(0, whole, threads))
