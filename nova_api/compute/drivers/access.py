"""The part of the driver interface about a guest that runs: its consoles, its figures, what is plugged in.

Every operation raises ``ServerNotOnHost`` for a guest that is not here, and
``NotSupported`` where the hypervisor cannot do it.
"""

from __future__ import annotations

import abc
import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class ConsoleAccess:
    """Where a console listens; ``tls_port`` and ``internal_access_path`` only where there are such."""

    host: str
    port: int
    tls_port: int | None = None
    internal_access_path: str | None = None


@dataclasses.dataclass(frozen=True)
class Diagnostics:
    """What the hypervisor counts of a guest; None, also for a member of a list, is "cannot tell".

    ``memory_maximum`` and ``memory_used`` are in the hypervisor's unit, ``uptime`` in seconds;
    ``cpus`` have id, time (ns), utilisation (per cent), ``disks`` and ``nics``
    the counters that the API shows (views.md "Diagnostics").
    """

    driver: str
    hypervisor: str | None
    hypervisor_os: str | None
    uptime: int | None
    memory_maximum: int | None
    memory_used: int | None
    cpus: tuple[dict[str, int | None], ...]
    disks: tuple[dict[str, int | None], ...]
    nics: tuple[dict[str, Any], ...]


class GuestAccess(abc.ABC):
    """What can be asked of a guest, and plugged into it."""

    @abc.abstractmethod
    def console_output(self, server_uuid: str) -> str:
        """All that the guest has written to its serial console, as far as that is kept."""

    @abc.abstractmethod
    def console(self, server_uuid: str, protocol: str) -> ConsoleAccess:
        """Where its console of ``protocol`` (vnc, spice, serial, mks) listens."""

    @abc.abstractmethod
    def diagnostics(self, server_uuid: str) -> Diagnostics:
        """Its figures, in the form that does not depend on the hypervisor."""

    @abc.abstractmethod
    def raw_diagnostics(self, server_uuid: str) -> dict[str, int]:
        """Its figures under the hypervisor's own names."""

    @abc.abstractmethod
    def attach_interface(self, server_uuid: str, nic: dict[str, Any]) -> None:
        """Plugs a NIC in, nothing when it is plugged already; ``nic`` as the network neighbour gives it."""

    @abc.abstractmethod
    def detach_interface(self, server_uuid: str, port_id: str) -> None:
        """Unplugs a NIC; nothing when there is none for that port."""

    @abc.abstractmethod
    def attach_share(self, server_uuid: str, tag: str, export_location: str) -> None:
        """Lets a guest that is off find a shared file system under ``tag`` from its next start on."""

    @abc.abstractmethod
    def detach_share(self, server_uuid: str, tag: str) -> None:
        """Ends that; nothing when it is not so."""

    @abc.abstractmethod
    def extend_volume(self, server_uuid: str, volume_id: str) -> None:
        """Lets the guest see that an attached volume has grown."""

    @abc.abstractmethod
    def power_changed(self, server_uuid: str, power_state: int) -> None:
        """Takes note that somebody else has switched the guest on or off."""
