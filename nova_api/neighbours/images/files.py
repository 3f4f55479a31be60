"""Where image data lies: one file an image, which is there whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nova_api import exception

BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """What was measured while the data went by."""

    part: pathlib.Path
    size: int
    md5: str
    sha512: str


class Files:
    """The folder ``<state_path>/images``."""

    def __init__(self, state_path: str, size_max: int) -> None:
        self._folder = pathlib.Path(state_path) / "images"
        self._size_max = size_max

    def _path(self, image_id: str) -> pathlib.Path:
        # The id is a UUID of a row, checked at creation: it cannot lead out of the folder.
        return self._folder / image_id

    @contextlib.contextmanager
    def receive(self, image_id: str, data: Iterable[bytes]) -> Iterator[Written]:
        """``data`` on disk, which ``keep`` makes the image's in one step, and nobody's after the block.

        Raises ImageTooLarge.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".{image_id}.{secrets.token_hex(4)}"
        md5 = hashlib.md5(usedforsecurity=False)
        sha512 = hashlib.sha512()
        size = 0
        try:
            with part.open("xb") as stream:
                for block in data:
                    size += len(block)
                    if size > self._size_max:
                        raise exception.ImageTooLarge(limit=self._size_max)
                    md5.update(block)
                    sha512.update(block)
                    stream.write(block)
                stream.flush()
                os.fsync(stream.fileno())
            yield Written(part, size, md5.hexdigest(), sha512.hexdigest())
        finally:
            part.unlink(missing_ok=True)

    def keep(self, image_id: str, written: Written) -> None:
        """Safe to repeat."""
        with contextlib.suppress(FileNotFoundError):
            written.part.replace(self._path(image_id))

    def exists(self, image_id: str) -> bool:
        return self._path(image_id).exists()

    def read(self, image_id: str) -> Iterator[bytes]:
        """Blocks of the data; raises ImageDataNotFound at once, not at the first block."""
        try:
            stream = self._path(image_id).open("rb")
        except FileNotFoundError:
            raise exception.ImageDataNotFound(image_id=image_id) from None

        def blocks() -> Iterator[bytes]:
            with stream:
                while block := stream.read(BLOCK):
                    yield block

        return blocks()

    def remove(self, image_id: str) -> None:
        self._path(image_id).unlink(missing_ok=True)

    def clear(self) -> None:
        """Removes all data."""
        shutil.rmtree(self._folder, ignore_errors=True)
