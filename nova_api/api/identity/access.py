"""Who may do what with accounts: administrators everything, others look at themselves."""

from __future__ import annotations

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.request import Request
from nova_api.backend import Backend
from nova_api.neighbours.identity import LocalIdentity


def require_admin(request: Request) -> None:
    """Raises Unauthorized for nobody, Forbidden for anybody but an administrator."""
    if not request.context.is_admin:
        raise exception.Forbidden(
            "You are not authorized to perform the requested action: it is for administrators."
        )


def require_self(request: Request, user_id: str) -> None:
    """Raises Forbidden unless the caller is that user, or an administrator."""
    if request.context.user_id != user_id:
        require_admin(request)


class IdentityController(Controller):
    """Controllers of the embedded identity service; it cannot front a real one."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        if not isinstance(backend.identity, LocalIdentity):
            raise ValueError("the embedded identity API needs the embedded identity service")
        self.identity = backend.identity

    def caller(self, request: Request) -> str:
        """The user id of whoever asks; raises Unauthorized for nobody."""
        user_id = request.context.user_id
        if user_id is None:
            raise exception.Unauthorized()
        return str(user_id)
