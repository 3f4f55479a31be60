"""The embedded volume service over HTTP: as much of the block storage API v3 as compute clients call."""

from __future__ import annotations

from nova_api.api.volume.router import VolumeRouter

__all__ = ["VolumeRouter"]
