"""The classic rate limits: their syntax, and counting against them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import math
import re
import time
from collections.abc import Sequence
from typing import Any

import limits
from limits.strategies import FixedWindowRateLimiter

_UNITS: dict[str, type[limits.RateLimitItem]] = {
    "SECOND": limits.RateLimitItemPerSecond,
    "MINUTE": limits.RateLimitItemPerMinute,
    "HOUR": limits.RateLimitItemPerHour,
    "DAY": limits.RateLimitItemPerDay,
}
_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: (POST, "*/servers", ^/servers, 50, DAY): the expression may hold commas and brackets itself.
_ENTRY = re.compile(
    r"""\(\s*(?P<verb>\w+)\s*,\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^,"]*?))\s*,\s*(?P<regex>.+?)\s*,"""
    r"""\s*(?P<value>\d+)\s*,\s*(?P<unit>\w+)\s*\)\s*(?:;\s*|$)""",
    re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Limit:
    """So many requests of one ``verb`` whose path matches ``pattern``, in one ``unit`` of time."""

    verb: str
    #: What users are shown.
    uri: str
    pattern: re.Pattern[str]
    value: int
    unit: str

    @property
    def item(self) -> limits.RateLimitItem:
        """The same, as the ``limits`` library wants it."""
        return _UNITS[self.unit](self.value, 1, "nova-api")

    def key(self, user_id: str) -> str:
        """What is counted under; hashed, since not every store takes every character."""
        return hashlib.sha256(f"{self.verb} {self.pattern.pattern} {user_id}".encode()).hexdigest()


def parse(text: str) -> tuple[Limit, ...]:
    """The limits of ``(VERB, "uri", regex, value, UNIT);…``; raises ValueError with a phrase."""
    found: list[Limit] = []
    text = text.strip()
    position = 0
    while position < len(text):
        entry = _ENTRY.match(text, position)
        if entry is None:
            raise ValueError(f'is not a list of (VERB, "uri", regex, value, UNIT): {text[position:][:60]!r}')
        verb, unit, value = entry["verb"].upper(), entry["unit"].upper(), int(entry["value"])
        if verb not in _VERBS:
            raise ValueError(f"has the verb {entry['verb']!r}: it must be one of {', '.join(_VERBS)}")
        if unit not in _UNITS:
            raise ValueError(f"has the unit {entry['unit']!r}: it must be one of {', '.join(_UNITS)}")
        if value < 1:
            raise ValueError(f"allows {value} requests: it must be at least 1")
        try:
            pattern = re.compile(entry["regex"])
        except re.error as error:
            raise ValueError(f"has a regular expression that is none: {entry['regex']!r}: {error}") from None
        uri = entry["quoted"] if entry["quoted"] is not None else entry["bare"]
        found.append(Limit(verb, uri, pattern, value, unit))
        position = entry.end()
    return tuple(found)


@dataclasses.dataclass(frozen=True)
class Over:
    """A limit that a request went over, and the whole seconds until it would pass."""

    limit: Limit
    wait: int


class Counter:
    """Counts requests in a store of the ``limits`` library.

    Windows are fixed and begin with the first request in them: they cost one
    number a user and limit, every store has them, and what Retry-After says
    is exact.  (Around the end of a window up to twice the value may pass.)
    """

    def __init__(self, rules: Sequence[Limit], store: Any) -> None:
        self.rules = tuple(rules)
        self._windows = FixedWindowRateLimiter(store)

    def count(self, user_id: str, verb: str, path: str) -> Over | None:
        """Counts one request; None when it may pass, else the limit with the longest wait.

        A request that is refused counts against no limit.
        """
        rules = [rule for rule in self.rules if rule.verb == verb and rule.pattern.match(path)]
        over = [rule for rule in rules if not self._windows.test(rule.item, rule.key(user_id))]
        if not over:
            over = [rule for rule in rules if not self._windows.hit(rule.item, rule.key(user_id))]
        waits = [Over(rule, self._wait(rule, user_id)) for rule in over]
        return max(waits, key=lambda each: each.wait, default=None)

    def usage(self, user_id: str) -> list[dict[str, Any]]:
        """The limits with what is left of each, as ``GET /limits`` shows them under ``rate``."""
        groups: dict[tuple[str, str], dict[str, Any]] = {}
        for rule in self.rules:
            stats = self._windows.get_window_stats(rule.item, rule.key(user_id))
            group = groups.setdefault(
                (rule.uri, rule.pattern.pattern),
                {"uri": rule.uri, "regex": rule.pattern.pattern, "limit": []},
            )
            available = time.time() if stats.remaining else stats.reset_time
            group["limit"].append(
                {
                    "verb": rule.verb,
                    "value": rule.value,
                    "remaining": stats.remaining,
                    "unit": rule.unit,
                    "next-available": datetime.datetime.fromtimestamp(available, datetime.UTC).strftime(
                        "%Y-%m-%dT%H:%M:%SZ"
                    ),
                }
            )
        return list(groups.values())

    def _wait(self, rule: Limit, user_id: str) -> int:
        stats = self._windows.get_window_stats(rule.item, rule.key(user_id))
        return max(1, math.ceil(stats.reset_time - time.time()))
