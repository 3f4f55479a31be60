"""The compute manager: what one host does with its work items, through its driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nova_api import exception
from nova_api.compute import build_request, faults, removal
from nova_api.compute.drivers.base import Driver
from nova_api.compute.manager.build import Builder
from nova_api.compute.manager.host import Host
from nova_api.compute.manager.power import Power
from nova_api.compute.manager.remove import Remover
from nova_api.db import actions, guests, nodes
from nova_api.work.worker import Task

if TYPE_CHECKING:
    from nova_api.backend import Backend

__all__ = ["ComputeManager"]


class ComputeManager:
    """The methods of topic ``compute`` on one host."""

    def __init__(self, backend: Backend, host: str, driver: Driver) -> None:
        self._host = Host(host, backend, driver)
        power = Power(self._host)
        self._methods: dict[str, Callable[[Task], None]] = {
            build_request.METHOD: Builder(self._host).build,
            removal.METHOD: Remover(self._host).delete,
            "start": power.start,
            "stop": power.stop,
            "reboot": power.reboot,
        }

    @property
    def methods(self) -> Mapping[str, Callable[[Task], None]]:
        return self._methods

    def give_up(self, task: Task, reason: str, details: str) -> None:
        """Puts the server into ERROR over an item that failed too often; deleting it then clears up."""
        item = task.item
        error = exception.NovaError(f"{self._host.name} gave up on {item.method}: {reason}")
        fault = faults.of(error, details=details)
        with self._host.backend.db.writer() as conn:
            task.finish(conn)
            guest = guests.get(conn, str(item.server_uuid), lock=True)
            if guest is not None and not guest.deleted:
                guests.fail(conn, guest)
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            actions.fail_unfinished(conn, item.action_id, fault.message, fault.details)

    def reconcile(self) -> list[str]:
        """Destroys guests whose servers were deleted, or moved, while this host was down; which ones."""
        with self._host.backend.db.reader() as conn:
            wanted = {guest.uuid for guest in guests.on_host(conn, self._host.name)}
        strays = sorted(self._host.driver.list_instances() - wanted)
        for uuid in strays:
            self._host.driver.destroy(uuid)
        return strays

    def report(self) -> None:
        """Writes what the host's nodes have into ``compute_nodes``."""
        options = self._host.backend.conf.compute
        with self._host.backend.db.writer() as conn:
            for node in self._host.driver.inventory():
                values = {
                    "hypervisor_type": node.hypervisor_type,
                    "hypervisor_version": node.hypervisor_version,
                    "host_ip": node.host_ip,
                    "cpu_info": node.cpu_info,
                    "vcpus": node.vcpus,
                    "memory_mb": node.memory_mb,
                    "local_gb": node.local_gb,
                    "reserved_memory_mb": options.reserved_host_memory_mb,
                    "cpu_allocation_ratio": options.cpu_allocation_ratio,
                    "ram_allocation_ratio": options.ram_allocation_ratio,
                    "disk_allocation_ratio": options.disk_allocation_ratio,
                }
                nodes.report(conn, self._host.name, node.node, values)
