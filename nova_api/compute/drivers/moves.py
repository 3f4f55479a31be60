"""The driver interface for moves: what the host that a server leaves and the one it comes to have to offer.

Every operation must be safe to repeat, and may be repeated after the one that
follows it has begun.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable
from typing import TYPE_CHECKING

from nova_api.db.guests import Guest

if TYPE_CHECKING:
    from nova_api.compute.drivers.base import SpawnSpec


class LiveMigrationAborted(Exception):
    """A live migration was broken off because somebody asked for that; the guest runs on where it was."""


class Order(enum.Enum):
    """What a live migration at work is told."""

    ABORT = "abort"
    FINISH = "finish"


class GuestMoves(abc.ABC):
    """The part of a driver that moves guests."""

    @abc.abstractmethod
    def check_can_host(self, guest: Guest) -> None:
        """At the destination: raises when a guest like that cannot come here."""

    # --- resize and cold migration

    @abc.abstractmethod
    def migrate_disk_and_power_off(self, server_uuid: str, dest_host: str) -> None:
        """At the source: stops the guest, sets it aside, and gives ``dest_host`` its disks.

        Its volumes are unplugged: they are closed to this host from here on.
        """

    @abc.abstractmethod
    def finish_migration(self, spec: SpawnSpec, *, running: bool) -> None:
        """At the destination: makes the guest, of ``spec.guest``'s sizes, from the disks that came.

        Its volumes (``spec.disks``) are plugged in.
        """

    @abc.abstractmethod
    def confirm_migration(self, server_uuid: str) -> None:
        """At the source: removes what was set aside there; nothing when there is nothing."""

    @abc.abstractmethod
    def undo_migration(self, server_uuid: str) -> None:
        """At the destination: removes the guest that ``finish_migration`` made, and nothing set aside."""

    @abc.abstractmethod
    def finish_revert_migration(self, spec: SpawnSpec, *, running: bool) -> None:
        """At the source: brings back what was set aside, with the volumes ``spec.disks``."""

    # --- live migration

    @abc.abstractmethod
    def live_migrate(
        self,
        guest: Guest,
        dest_host: str,
        orders: Callable[[], Order | None],
        progress: Callable[[int, int], None],
    ) -> None:
        """At the source: returns when the guest's memory (and disk) is at the destination.

        Asks ``orders`` now and then: ABORT is answered by ``LiveMigrationAborted``,
        FINISH means that the guest may be paused to get it over.  Tells
        ``progress`` the bytes of memory in all and those that have gone over.
        """

    @abc.abstractmethod
    def post_live_migration_at_destination(self, spec: SpawnSpec, power_state: int) -> None:
        """At the destination: from here on the guest runs here, in the power state that it had.

        Its volumes (``spec.disks``) have been open to both hosts meanwhile.
        """
