"""Routes of the API that this service knows and has not built yet: 501 with a sentence.

Whoever builds one deletes its row here; ``docs/coverage.md`` lists what is left.
"""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.compute.rows import Row, declare
from nova_api.api.controller import Controller
from nova_api.api.request import Request

ROWS: tuple[Row, ...] = ()


class UnbuiltController(Controller):
    """Answers for what is still to be built."""

    @declare(ROWS)
    def not_built(self, request: Request, **_arguments: Any) -> None:
        _ = request.context
        operation = request.operation
        what = f"action {operation.action} of {operation.path}" if operation.action else operation.path
        raise exception.NotImplementedYet(
            f"{request.method} {what} is not built in this version of nova-api yet."
        )
