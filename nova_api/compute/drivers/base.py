"""The driver interface: what a hypervisor has to offer.

Every operation must be safe to repeat: a compute service that dies in the
middle of one does it again after its restart.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from nova_api.db.guests import Guest


class SpawnCancelled(Exception):
    """The spawn was broken off because the server is no longer wanted."""


@dataclasses.dataclass(frozen=True)
class Inventory:
    """What one node has: CPUs, MiB of memory, GiB of disk; ``cpu_info`` as the API shows it."""

    node: str
    vcpus: int
    memory_mb: int
    local_gb: int
    hypervisor_type: str
    hypervisor_version: int
    host_ip: str
    cpu_info: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Image:
    """The image to boot; ``open`` begins a download and yields its bytes in chunks."""

    id: str
    properties: dict[str, Any]
    open: Callable[[], Iterable[bytes]]


@dataclasses.dataclass(frozen=True)
class SpawnSpec:
    """All that a guest is made of.

    ``image`` is None for a server that boots from a volume.  ``nics`` are as
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


class Driver(abc.ABC):
    """Runs the servers of one host.  Servers are named by their uuid."""

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
