"""Names that the service makes up for servers (``defaults.md`` §5 of the facts)."""

from __future__ import annotations

import re
import secrets
import string

NAME_LENGTH = 255
HOSTNAME_LENGTH = 63

#: Characters of a generated password, by kind; those that people confuse are left out.
_DIGITS = "23456789"
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_LOWER = "abcdefghijkmnopqrstuvwxyz"

_random = secrets.SystemRandom()


def numbered(name: str, index: int, count: int, length: int = NAME_LENGTH) -> str:
    """``name-1`` … ``name-N`` for several servers of one request, ``name`` for a single one.

    ``index`` begins at 0.  The name is cut where the number would not fit into ``length``.
    """
    if count == 1:
        return name
    suffix = f"-{index + 1}"
    return name[: length - len(suffix)] + suffix


def hostname_of(name: str, server_uuid: str, index: int = 0, count: int = 1) -> str:
    """A host name that a guest can bear, from the server's name; ``Server-<uuid>`` when nothing is left."""
    latin = name.encode("latin-1", "ignore").decode("latin-1")
    words = re.sub(r"[ _.]", "-", latin[:HOSTNAME_LENGTH])
    label = re.sub(r"[^\w.-]+", "", words).lower().strip(".-")
    if not label:
        return f"Server-{server_uuid}"
    return numbered(label, index, count, HOSTNAME_LENGTH)


def reservation_id() -> str:
    """``r-`` and eight random letters or digits."""
    return "r-" + "".join(_random.choices(string.ascii_lowercase + string.digits, k=8))


def password(length: int) -> str:
    """A random password with at least one digit, one upper-case and one lower-case letter."""
    kinds = (_DIGITS, _UPPER, _LOWER)
    characters = [_random.choice(kind) for kind in kinds]
    characters += _random.choices("".join(kinds), k=max(length - len(kinds), 0))
    _random.shuffle(characters)
    return "".join(characters)
