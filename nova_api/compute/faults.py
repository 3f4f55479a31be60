"""What is stored about a failure, for users (code, message) and administrators (details)."""

from __future__ import annotations

import dataclasses
import traceback

from nova_api import exception

#: What the API would have answered, had it known; every other failure is the service's own: 500.
_CODES: tuple[tuple[type[exception.NovaError], int], ...] = (
    (exception.NotFound, 404),
    (exception.Conflict, 409),
    (exception.Forbidden, 403),
    (exception.Invalid, 400),
)


@dataclasses.dataclass(frozen=True)
class Fault:
    """``message`` is one sentence; ``details`` is shown to administrators only when ``code`` is 500."""

    code: int
    message: str
    details: str


def of(error: BaseException, details: str | None = None) -> Fault:
    """The fault that tells of ``error``; a bug's text is kept from users, its type is told."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), 500)
    message = str(error) if isinstance(error, exception.NovaError) else type(error).__name__
    if details is None:
        details = "".join(traceback.format_exception(error))
    return Fault(code, message, details)


def is_users(error: Exception) -> bool:
    """Whether another host would fail in the same way, because the request itself is at fault."""
    return isinstance(error, tuple(kind for kind, _ in _CODES))
