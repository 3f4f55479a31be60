"""The kinds of exception; the status of an answer follows from the kind."""

from __future__ import annotations

from typing import Any


class NovaError(Exception):
    """Base of everything that this service raises on purpose."""

    message = "An unknown error occurred."

    def __init__(self, message: str | None = None, **kwargs: Any) -> None:
        self.kwargs = kwargs
        super().__init__(message if message is not None else self.message.format(**kwargs))


class Invalid(NovaError):
    """The request makes no sense: 400."""

    message = "Bad request."


class Unauthorized(NovaError):
    """Who asks is not known: 401."""

    message = "The request you have made requires authentication."


class TokenInvalid(Unauthorized):
    message = "The token is unknown, expired or revoked."


class Forbidden(NovaError):
    """Who asks may not do that: 403."""

    message = "Access was denied to this resource."


class PolicyNotAuthorized(Forbidden):
    message = "Policy doesn't allow {action} to be performed."


class QuotaExceeded(Forbidden):
    message = "Quota exceeded for {resources}."


class OverQuota(QuotaExceeded):
    """More than a project may have in the embedded network or volume service; their APIs have other statuses.

    ``resources``: names of what there would be too much of.
    """

    message = "Quota exceeded for resources: {resources}."


class NotFound(NovaError):
    """There is no such thing, for the one who asks: 404."""

    message = "Resource could not be found."


class Conflict(NovaError):
    """It cannot be done in the present state: 409."""

    message = "The request conflicts with the present state."


class Gone(NovaError):
    """Removed for good: 410."""

    message = "This API is no longer available."


class NotImplementedYet(NovaError):
    """The route is known and not built: 501."""

    message = "The requested functionality is not supported."


class Unavailable(NovaError):
    """A part that the request needs does not answer: 503."""

    message = "The service is unavailable at this time. Please try again."

    def __init__(self, message: str | None = None, retry_after: int = 10, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.retry_after = retry_after
