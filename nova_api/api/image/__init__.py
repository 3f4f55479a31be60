"""The embedded image service over HTTP: as much of the image API v2 as compute clients call."""

from __future__ import annotations

from nova_api.api.image.router import ImageRouter

__all__ = ["ImageRouter"]
