"""The WSGI side of the service: loading, serving, composing and filtering applications.

``Loader`` and ``Server`` are imported on first use (PEP 562), so that loading an
ini or a filter does not import eventlet.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nova_api.wsgi.loader import Loader
    from nova_api.wsgi.server import Server

__all__ = ["Loader", "Server"]

_HOMES = {"Loader": "nova_api.wsgi.loader", "Server": "nova_api.wsgi.server"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
