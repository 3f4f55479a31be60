"""The embedded network service over HTTP: as much of the networking API v2.0 as compute clients call."""

from __future__ import annotations

from nova_api.api.network.router import NetworkRouter

__all__ = ["NetworkRouter"]
