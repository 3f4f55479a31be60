"""What is asked of a host."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Wanted:
    """One server's needs (MiB, GiB) and where it may go; None is anywhere.

    ``tried`` are hosts that have failed it; ``down_time`` (seconds) and
    ``default_zone`` are this cloud's options.
    """

    vcpus: int
    memory_mb: int
    disk_gb: int
    zone: str | None
    host: str | None
    node: str | None
    tried: tuple[str, ...]
    down_time: int
    default_zone: str
