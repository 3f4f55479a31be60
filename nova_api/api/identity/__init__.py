"""The embedded identity service over HTTP: as much of the identity API v3 as compute clients call."""

from __future__ import annotations

from nova_api.api.identity.router import IdentityRouter

__all__ = ["IdentityRouter"]
