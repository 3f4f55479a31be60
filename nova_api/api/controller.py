"""What controllers are made of, and what they may return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_api.backend import Backend

#: Of the replies without a body, some have always called it HTML: those of images, of floating IPs and of
#: asynchronous attaching.
EMPTY = {"Content-Type": "text/html; charset=UTF-8"}


class Controller:
    """Base of controllers: methods declared with ``@operation`` and ``@action``."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend


class Reply:
    """What a controller returns when the status or the headers are not the declared ones."""

    def __init__(
        self, value: Any = None, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.value = value
        self.status = status
        self.headers = headers or {}
