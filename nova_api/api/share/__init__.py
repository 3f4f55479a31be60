"""The embedded share service over HTTP: as much of the shared file system API v2 as compute clients call."""

from __future__ import annotations

from nova_api.api.share.router import ShareRouter

__all__ = ["ShareRouter"]
