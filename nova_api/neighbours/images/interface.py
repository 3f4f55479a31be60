"""What the service asks of an image service; Glance can serve all of it.

Sizes are bytes, ``min_disk`` GiB, ``min_ram`` MiB, times naive UTC.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nova_api.context import RequestContext
from nova_api.db.images import ImageFilter


@dataclass(frozen=True, slots=True)
class Image:
    """An image as its readers see it; ``size`` and checksums are None until there is data."""

    id: str
    name: str
    status: str  # queued, saving, active, deactivated
    visibility: str  # public, private, shared, community
    owner: str
    size: int | None
    virtual_size: int | None
    checksum: str | None  # MD5
    os_hash_algo: str | None
    os_hash_value: str | None
    disk_format: str | None
    container_format: str | None
    min_disk: int
    min_ram: int
    protected: bool
    hidden: bool
    created_at: datetime.datetime
    updated_at: datetime.datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A project that an image is shared with."""

    image_id: str
    project_id: str
    status: str  # pending, accepted, rejected
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Images(Protocol):
    """Images as ``context`` may see and change them; what it may not see raises ImageNotFound."""

    def show(self, context: RequestContext, image_id: str) -> Image:
        """Raises ImageNotFound."""

    def list(
        self,
        context: RequestContext,
        filters: ImageFilter | None = None,
        sort: Sequence[tuple[str, bool]] = (("created_at", True),),
        limit: int = 1000,
        marker: str | None = None,
    ) -> Sequence[Image]:
        """At most ``limit`` images after ``marker``; ``sort``: (key, descending); raises MarkerNotFound."""

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> Image:
        """A queued image.  ``values``: fields of ``Image``; raises Forbidden, Invalid, ImageExists."""

    def update(self, context: RequestContext, image_id: str, values: Mapping[str, Any]) -> Image:
        """Changes fields; ``properties`` and ``tags`` replace all.  Raises as create and show do."""

    def delete(self, context: RequestContext, image_id: str) -> None:
        """Raises ImageNotFound, Forbidden, ImageProtected."""

    def upload(
        self, context: RequestContext, image_id: str, data: Iterable[bytes], *, again: bool = False
    ) -> Image:
        """Gives a queued image its data; raises ImageInvalidState, ImageTooLarge.

        ``again`` also takes one that is ``saving``: the caller knows that the
        upload which left it so is dead.
        """

    def add_member(self, context: RequestContext, image_id: str, project_id: str) -> Member:
        """Shares a ``shared`` image; raises Forbidden for other visibilities, Conflict when done already."""

    def download(self, context: RequestContext, image_id: str) -> Iterator[bytes]:
        """The data in blocks; raises ImageDataNotFound, and Forbidden for a deactivated image."""
