"""Services of other processes, over their HTTP APIs and as Keystone says who asks."""

from __future__ import annotations

from nova_api.neighbours.remote.access import Access
from nova_api.neighbours.remote.rest import Refused, Rest

__all__ = ["Access", "Refused", "Rest"]
