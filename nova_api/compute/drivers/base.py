"""The driver interface: what a hypervisor has to offer.

Every operation must be safe to repeat: a compute service that dies in the
middle of one does it again after its restart.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from nova_api import exception
from nova_api.compute.drivers.access import GuestAccess
from nova_api.compute.drivers.moves import GuestMoves
from nova_api.compute.drivers.volumes import GuestVolumes, VolumeDisk
from nova_api.db.guests import Guest


class SpawnCancelled(Exception):
    """The spawn was broken off because the server is no longer wanted."""


@dataclasses.dataclass(frozen=True)
class Inventory:
    """What one node has: CPUs, MiB of memory, GiB of disk; ``cpu_info`` as the API shows it.

    ``disk_available_least`` (GiB that are free whatever thin disks grow to) and
    ``uptime`` (text) are None where the driver cannot tell.
    """

    node: str
    vcpus: int
    memory_mb: int
    local_gb: int
    hypervisor_type: str
    hypervisor_version: int
    host_ip: str
    cpu_info: dict[str, Any]
    disk_available_least: int | None = None
    uptime: str | None = None
    #: Whether guests that boot from a volume can be rescued.
    can_rescue_volumes: bool = False


@dataclasses.dataclass(frozen=True)
class Image:
    """The image to boot; ``open`` begins a download and yields its bytes in chunks."""

    id: str
    properties: dict[str, Any]
    open: Callable[[], Iterable[bytes]]


@dataclasses.dataclass(frozen=True)
class SpawnSpec:
    """All that a guest is made of.

    ``image`` is None for a server that boots from a volume.  ``disks`` are its
    volumes.  ``nics`` are as
    the network neighbour gave them (see ``servers.nics``), in order.  ``files``
    is [{"path", "contents"}] with base64 contents; ``guest`` carries the rest:
    sizes, key, user data (base64), config drive.
    """

    guest: Guest
    instance_name: str
    image: Image | None
    nics: list[dict[str, Any]]
    admin_password: str | None
    files: tuple[dict[str, str], ...]
    disks: tuple[VolumeDisk, ...] = ()


@dataclasses.dataclass(frozen=True)
class Disk:
    """The contents of a guest's root disk, in blocks, and the formats that an image of it has."""

    disk_format: str
    container_format: str
    blocks: Iterable[bytes]


class Driver(GuestAccess, GuestMoves, GuestVolumes):
    """Runs the servers of one host.  Servers are named by their uuid."""

    #: Whether its guests are pretended ones, which tests may make fail (``manager.build_faults``).
    pretends: ClassVar[bool] = False

    @abc.abstractmethod
    def inventory(self) -> list[Inventory]:
        """The host's nodes (one, for most hypervisors) and what they have."""

    @abc.abstractmethod
    def list_instances(self) -> set[str]:
        """The servers that exist here in whatever state, half-made ones too."""

    @abc.abstractmethod
    def power_state(self, server_uuid: str) -> int:
        """A number of ``compute.states``; NOSTATE for a server that does not exist here."""

    @abc.abstractmethod
    def spawn(self, spec: SpawnSpec, cancelled: Callable[[], bool]) -> str:
        """Makes the guest and starts it; returns its root device name (``/dev/vda``).

        When it runs already nothing happens; what an earlier, broken-off call
        left is completed or made anew.  Asks ``cancelled`` now and then, and
        raises ``SpawnCancelled`` soon after it says so.  Anything else raised
        means that this host cannot make this guest.
        """

    @abc.abstractmethod
    def rebuild(self, spec: SpawnSpec, cancelled: Callable[[], bool], *, preserve_ephemeral: bool) -> str:
        """Makes the guest anew from ``spec``, running, whatever of the old one is left; as ``spawn`` else.

        ``preserve_ephemeral`` keeps its ephemeral disk, and raises before
        anything is lost where that is not possible.
        """

    @abc.abstractmethod
    def snapshot(self, server_uuid: str) -> Disk:
        """The guest's root disk as it is now; the guest runs on.  Reading may take long."""

    @abc.abstractmethod
    def cache_image(self, image: Image) -> None:
        """Fetches the image, unless it is here, so that later guests need not wait for it."""

    @abc.abstractmethod
    def destroy(self, server_uuid: str) -> None:
        """Removes the guest and its disks; nothing when there is none."""

    @abc.abstractmethod
    def power_on(self, server_uuid: str) -> None:
        """Starts a guest that is off."""

    @abc.abstractmethod
    def power_off(self, server_uuid: str) -> None:
        """Shuts the guest down, by force when it does not listen."""

    @abc.abstractmethod
    def reboot(self, server_uuid: str, *, hard: bool) -> None:
        """Restarts the guest; ``hard`` does not ask it, and also starts one that is off."""

    @abc.abstractmethod
    def pause(self, server_uuid: str) -> None:
        """Stops the guest's CPUs; its memory stays."""

    @abc.abstractmethod
    def unpause(self, server_uuid: str) -> None:
        """Lets the CPUs of a paused guest run on."""

    @abc.abstractmethod
    def suspend(self, server_uuid: str) -> None:
        """Writes the guest's memory to disk and takes the guest off the host's CPUs and memory."""

    @abc.abstractmethod
    def resume(self, server_uuid: str) -> None:
        """Lets a suspended guest run on from what was written."""

    def soft_delete(self, server_uuid: str) -> None:
        """Stops a guest that may still be restored; nothing when it does not run."""
        self.power_off(server_uuid)

    def restore(self, server_uuid: str) -> None:
        """Lets a guest run again that was deleted softly."""
        self.power_on(server_uuid)

    # What not every hypervisor can do.

    def rescue(self, spec: SpawnSpec) -> None:
        """Starts the guest from ``spec.image`` with its own root disk beside, until ``unrescue``.

        ``spec.admin_password`` is the rescue system's.  A guest in rescue is left so.
        """
        raise exception.NotSupported(operation="rescue it")

    def unrescue(self, server_uuid: str) -> None:
        """Starts the guest from its own root disk again."""
        raise exception.NotSupported(operation="rescue it")

    def set_admin_password(self, server_uuid: str, password: str) -> None:
        """Sets the administrator's password inside a running guest."""
        raise exception.NotSupported(operation="set its password")

    def inject_nmi(self, server_uuid: str) -> None:
        """Sends the guest a non-maskable interrupt, for which its kernel dumps its memory."""
        raise exception.NotSupported(operation="make it dump its memory")

    def inject_network_info(self, server_uuid: str, nics: list[dict[str, Any]]) -> None:
        """Writes the addresses of ``nics`` into the guest."""
        raise exception.NotSupported(operation="write its addresses into it")

    def host_power_action(self, action: str) -> str:
        """Starts, shuts down or reboots (startup, shutdown, reboot) the host itself; what it says to it."""
        raise exception.NotSupported(operation=f"do a {action} of the host itself")

    def set_host_maintenance(self, on: bool) -> bool:
        """Puts the host into maintenance or ends that; whether it is in it now."""
        raise exception.NotSupported(operation="put its host into maintenance")
