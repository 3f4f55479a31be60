"""Consoles, figures and NICs of the fake driver's guests.

NICs are files ``port.<port id>`` beside the guest's own: they survive the process as real ones do.
"""

from __future__ import annotations

import abc
import pathlib
from typing import Any

from nova_api import exception
from nova_api.compute.drivers.access import ConsoleAccess, Diagnostics, GuestAccess

#: What every guest has written to its serial console.
CONSOLE_OUTPUT = "FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE"

#: Where a first guest's consoles would listen.
_PORTS = {"vnc": 5900, "spice": 5901, "serial": 10000, "mks": 902}
_SPICE_TLS_PORT = 5902

_CPU_TIME = 17300000000
_MEMORY = 524288
_READ, _WRITTEN = {"bytes": 262144, "requests": 112}, {"bytes": 5778432, "requests": 488}
_RECEIVED, _SENT = {"octets": 2070139, "packets": 26701}, {"octets": 140208, "packets": 662}


class FakeGuestAccess(GuestAccess):
    """Pretends a guest that has been running for a while."""

    _folder: pathlib.Path
    _host: str
    _host_ip: str

    @abc.abstractmethod
    def _guests(self, server_uuid: str) -> list[pathlib.Path]:
        """The files of a server's guests: one, or none."""

    @staticmethod
    @abc.abstractmethod
    def _write(file: pathlib.Path, power_state: int) -> None:
        """Changes the power state of the guest in ``file``."""

    def _here(self, server_uuid: str) -> list[pathlib.Path]:
        files = self._guests(server_uuid)
        if not files:
            raise exception.ServerNotOnHost(server_id=server_uuid, host=self._host)
        return files

    def console_output(self, server_uuid: str) -> str:
        self._here(server_uuid)
        return CONSOLE_OUTPUT

    def console(self, server_uuid: str, protocol: str) -> ConsoleAccess:
        self._here(server_uuid)
        tls = _SPICE_TLS_PORT if protocol == "spice" else None
        return ConsoleAccess(host=self._host_ip, port=_PORTS[protocol], tls_port=tls)

    def diagnostics(self, server_uuid: str) -> Diagnostics:
        self._here(server_uuid)
        return Diagnostics(
            driver="libvirt",  # the API knows no word for a driver that pretends
            hypervisor="kvm",
            hypervisor_os="ubuntu",
            uptime=46664,
            memory_maximum=_MEMORY,
            memory_used=0,
            cpus=({"id": 0, "time": _CPU_TIME, "utilisation": 15},),
            disks=(
                {
                    "read_bytes": _READ["bytes"],
                    "read_requests": _READ["requests"],
                    "write_bytes": _WRITTEN["bytes"],
                    "write_requests": _WRITTEN["requests"],
                    "errors_count": 1,
                },
            ),
            nics=(
                {
                    "mac_address": "01:23:45:67:89:ab",
                    "rx_octets": _RECEIVED["octets"],
                    "rx_errors": 100,
                    "rx_drop": 200,
                    "rx_packets": _RECEIVED["packets"],
                    "rx_rate": 300,
                    "tx_octets": _SENT["octets"],
                    "tx_errors": 400,
                    "tx_drop": 500,
                    "tx_packets": _SENT["packets"],
                    "tx_rate": 600,
                },
            ),
        )

    def raw_diagnostics(self, server_uuid: str) -> dict[str, int]:
        self._here(server_uuid)
        return {
            "cpu0_time": _CPU_TIME,
            "memory": _MEMORY,
            "vda_errors": -1,
            "vda_read": _READ["bytes"],
            "vda_read_req": _READ["requests"],
            "vda_write": _WRITTEN["bytes"],
            "vda_write_req": _WRITTEN["requests"],
            "vnet1_rx": _RECEIVED["octets"],
            "vnet1_rx_drop": 0,
            "vnet1_rx_errors": 0,
            "vnet1_rx_packets": _RECEIVED["packets"],
            "vnet1_tx": _SENT["octets"],
            "vnet1_tx_drop": 0,
            "vnet1_tx_errors": 0,
            "vnet1_tx_packets": _SENT["packets"],
        }

    def attach_interface(self, server_uuid: str, nic: dict[str, Any]) -> None:
        self._here(server_uuid)
        self._plug(server_uuid, nic["port_id"]).write_text(str(nic["mac"]), encoding="ascii")

    def detach_interface(self, server_uuid: str, port_id: str) -> None:
        self._plug(server_uuid, port_id).unlink(missing_ok=True)

    def _plug(self, server_uuid: str, port_id: str) -> pathlib.Path:
        return self._folder / server_uuid / f"port.{port_id}"

    def attach_share(self, server_uuid: str, tag: str, export_location: str) -> None:
        self._here(server_uuid)
        (self._folder / server_uuid / f"share.{tag}").write_text(export_location, encoding="utf-8")

    def detach_share(self, server_uuid: str, tag: str) -> None:
        (self._folder / server_uuid / f"share.{tag}").unlink(missing_ok=True)

    def extend_volume(self, server_uuid: str, volume_id: str) -> None:
        del volume_id  # its size is not pretended
        self._here(server_uuid)

    def power_changed(self, server_uuid: str, power_state: int) -> None:
        for file in self._here(server_uuid):
            self._write(file, power_state)
