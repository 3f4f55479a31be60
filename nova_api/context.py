"""Who asks, in which request: the context that goes with every call and message."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from oslo_context import context as oslo_context

#: WSGI environ keys that the filters fill and the API reads.
ENVIRON_KEY = "nova.context"
REQUEST_ID_KEY = "nova.request_id"
GLOBAL_REQUEST_ID_KEY = "nova.global_request_id"
RATE_LIMITS_KEY = "nova.rate_limits"
#: The template of the path that a router found, with the action where there is one.
ROUTE_KEY = "nova.route"
#: How far a request has come: the innermost filter that has seen it.
REACHED_KEY = "nova.reached"


class RequestContext(oslo_context.RequestContext):
    """oslo.context's, with ``is_admin`` true for holders of the role ``admin``.

    Ids and names are strings or None, ``roles`` a list of lower-case names.
    """

    def __init__(self, **kwargs: Any) -> None:
        roles = [role.lower() for role in kwargs.pop("roles", None) or ()]
        kwargs.setdefault("is_admin", "admin" in roles)
        kwargs.setdefault("overwrite", False)
        super().__init__(roles=roles, **kwargs)

    @cached_property
    def credentials(self) -> dict[str, Any]:
        """What policies are told of the caller; made once: who asks does not change in a request."""
        return dict(self.to_policy_values())

    @cached_property
    def fingerprint(self) -> str:
        """The same for callers of whom policies are told the same."""
        return repr(self.credentials)


def admin() -> RequestContext:
    """The context of work that nobody asked for: periodic tasks, first start."""
    return RequestContext(roles=["admin"])
