"""Microversions, windows of them, and named features."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NewType

#: The minor number of a microversion: 2.53 is 53.  0 is the legacy API (/v1.1, /v2),
#: which behaves like 2.1 except where a declaration gives it something of its own.
Version = NewType("Version", int)

LEGACY = Version(0)
MIN = Version(1)
MAX = Version(104)

_FORM = re.compile(r"([1-9][0-9]*)\.([1-9][0-9]*|0)")


class VersionUnreadable(ValueError):
    """Not ``<int>.<int>`` without leading zeros."""


class VersionUnsupported(ValueError):
    """Readable, and outside what this service speaks."""


def parse(text: str) -> Version:
    """The version that ``text`` (``2.53`` or ``latest``) names.

    Raises VersionUnreadable or VersionUnsupported.
    """
    if text == "latest":
        return MAX
    found = _FORM.fullmatch(text)
    if found is None:
        raise VersionUnreadable(text)
    major, minor = int(found[1]), int(found[2])
    if major != 2 or not MIN <= minor <= MAX:
        raise VersionUnsupported(text)
    return Version(minor)


def text(version: Version) -> str:
    """``2.53`` for 53; the legacy API calls itself 2.1."""
    return f"2.{max(version, MIN)}"


class Window:
    """The versions from ``since`` to ``until``, both included; None is unbounded.

    A window without lower bound, or from 2.1, includes the legacy API.
    """

    __slots__ = ("since", "until")

    def __init__(self, since: str | None = None, until: str | None = None) -> None:
        self.since = MIN if since is None else parse(since)
        self.until = MAX if until is None else parse(until)
        if self.since > self.until:
            raise ValueError(f"a window from {since} cannot end at {until}")

    def contains(self, version: Version) -> bool:
        return self.since <= max(version, MIN) <= self.until

    def overlaps(self, other: Window) -> bool:
        return self.since <= other.until and other.since <= self.until

    def narrowed(self, since: str | None = None, until: str | None = None) -> Window:
        """This window, beginning no earlier than ``since`` and ending no later than ``until``."""
        window = Window(since, until)
        window.since, window.until = max(self.since, window.since), min(self.until, window.until)
        if window.since > window.until:
            raise ValueError(f"nothing is left of {self} between {since} and {until}")
        return window

    def __str__(self) -> str:
        until = "" if self.until == MAX else text(self.until)
        return f"{text(self.since)}–{until}"

    __repr__ = __str__


class Feature:
    """A named behaviour that some versions have; reaches the domain as a plain boolean."""

    def __init__(self, since: str | None = None, until: str | None = None) -> None:
        self.window = Window(since, until)

    def at(self, version: Version) -> bool:
        return self.window.contains(version)


def check_overlaps(what: str, windows: Iterable[tuple[str, Window]]) -> None:
    """Raises ValueError where two windows of one name overlap."""
    seen: dict[str, list[Window]] = {}
    for name, window in windows:
        for other in seen.setdefault(name, []):
            if window.overlaps(other):
                raise ValueError(f"{what}: two windows of {name!r} overlap: {other} and {window}")
        seen[name].append(window)


_NUMBERED = tuple(Version(minor) for minor in range(MIN, MAX + 1))


class Intervals:
    """The versions cut where any of ``windows`` begins or ends.

    ``start(version)`` is the first version of the interval that ``version``
    lies in: equal starts mean that every window answers alike.
    """

    def __init__(self, windows: Iterable[Window]) -> None:
        cuts = {MIN}
        for window in windows:
            cuts.add(window.since)
            if window.until < MAX:
                cuts.add(Version(window.until + 1))
        self._start = {LEGACY: LEGACY}
        start = MIN
        for version in _NUMBERED:
            if version in cuts:
                start = version
            self._start[version] = start

    def start(self, version: Version) -> Version:
        return self._start[version]
