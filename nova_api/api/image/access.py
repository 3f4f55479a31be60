"""What the controllers of the image API share."""

from __future__ import annotations

from nova_api.api.controller import Controller
from nova_api.backend import Backend
from nova_api.neighbours.images import LocalImages
from nova_api.neighbours.misconfigured import NotEmbedded


class ImageController(Controller):
    """Controllers of the embedded image service; it cannot front a real one."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        if not isinstance(backend.images, LocalImages):
            raise NotEmbedded("image", "images", "/image")
        self.images = backend.images
