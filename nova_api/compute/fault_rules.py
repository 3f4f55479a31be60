"""Faults on demand: when a rule fires.  Rules count; none throws dice.

A rule is a JSON object (``docs/faults.md``).  It stands in the database with its
counts: every API worker and compute service counts in the same place, so that a
test can tell what comes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nova_api.db import Database, fault_rules
from nova_api.db.fault_rules import FaultRule

ALWAYS = "always"
#: ``first 2``: matches 1 and 2; ``only 2``: the second; ``after 2``: the third and on; ``every 2``: 2, 4, …
WHEN = r"^(always|(first|only|after|every) [1-9][0-9]{0,8})$"


def fires(when: str, match: int) -> bool:
    """Whether a rule that says ``when`` has its effect at its match number ``match`` (from 1)."""
    word, _, number = when.partition(" ")
    if word == ALWAYS:
        return True
    count = int(number)
    return {
        "first": match <= count,
        "only": match == count,
        "after": match > count,
        "every": match % count == 0,
    }[word]


def due(db: Database, matching: Sequence[FaultRule]) -> FaultRule | None:
    """Counts a match of each of ``matching``; the first of them that fires, or None."""
    if not matching:
        return None

    def count() -> FaultRule | None:
        chosen = None
        with db.writer() as conn:
            for rule in matching:
                match = fault_rules.count_match(conn, rule.id)
                if match and chosen is None and fires(rule.rule.get("when", ALWAYS), match):
                    chosen = rule
                    fault_rules.count_fired(conn, rule.id)
        return chosen

    return db.retrying(count)


def is_like(pattern: str | None, text: str) -> bool:
    """Whether ``pattern`` describes all of ``text``; None describes any."""
    return pattern is None or re.fullmatch(pattern, text) is not None
