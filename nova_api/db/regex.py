"""Regular expressions of users: matched in linear time here, recognised when a database refuses them.

A filter of a list is a regular expression that anybody may send.  Python's
``re`` takes exponential time for some, and would hold up every request of the
process; the engine behind jsonschema-rs cannot.  It knows no look-around and no
back references, and neither do all databases: what it refuses is refused
whatever the database.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import jsonschema_rs

#: SQLSTATE of PostgreSQL's "invalid regular expression", error numbers of MariaDB's and MySQL's.
_POSTGRESQL = "2201B"
_MYSQL = frozenset({1139, *range(3685, 3700)})


@functools.lru_cache(maxsize=256)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Tells whether a text contains a match of ``pattern``; raises ValueError for one it cannot take."""
    try:
        compiled = jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except jsonschema_rs.ValidationError as error:
        raise ValueError(f"{pattern!r} is not a regular expression that this service supports") from error
    matches: Callable[[str], bool] = compiled.is_valid
    return matches


def sqlite_regexp(pattern: str, text: str | None) -> bool | None:
    """SQLite's REGEXP operator, which it leaves to the application."""
    return None if text is None else matcher(pattern)(str(text))


def is_refusal(error: BaseException) -> bool:
    """Whether the database failed for a regular expression that its own dialect does not know."""
    seen: BaseException | None = error
    while seen is not None:
        number = seen.args[0] if seen.args else None
        if getattr(seen, "sqlstate", getattr(seen, "pgcode", None)) == _POSTGRESQL or number in _MYSQL:
            return True
        seen = getattr(seen, "orig", None) or getattr(seen, "inner_exception", None) or seen.__cause__
    return False
