"""The compute manager: what one host does with its work items, through its driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from nova_api import exception
from nova_api.compute import aggregates, build_request, faults, removal, server_images
from nova_api.compute.abandoned import Dropped
from nova_api.compute.drivers.base import Driver
from nova_api.compute.manager import forget, moving
from nova_api.compute.manager.auto_confirm import Confirmer
from nova_api.compute.manager.build import Builder
from nova_api.compute.manager.calls import Question
from nova_api.compute.manager.external_events import ExternalEvents
from nova_api.compute.manager.host import Host
from nova_api.compute.manager.host_switches import HostSwitches
from nova_api.compute.manager.image_cache import ImageCache
from nova_api.compute.manager.inside import Inside
from nova_api.compute.manager.interfaces import Interfaces
from nova_api.compute.manager.power import Power
from nova_api.compute.manager.rebuild import Rebuilder
from nova_api.compute.manager.remove import Remover
from nova_api.compute.manager.rescue import Rescuer
from nova_api.compute.manager.shares import Shares
from nova_api.compute.manager.shelve import Shelver
from nova_api.compute.manager.snapshot import Snapshots
from nova_api.compute.manager.soft_delete import SoftDeleter
from nova_api.compute.manager.unshelve import Unshelver
from nova_api.compute.manager.volumes import Volumes
from nova_api.db import actions, guests, nodes, server_migrations
from nova_api.db.work import Pending
from nova_api.work.worker import Task

if TYPE_CHECKING:
    from nova_api.backend import Backend

__all__ = ["ComputeManager"]


class ComputeManager:
    """The methods of topic ``compute`` on one host."""

    def __init__(self, backend: Backend, host: str, driver: Driver) -> None:
        self._host = Host(host, backend, driver)
        power = Power(self._host)
        soft_deleter = SoftDeleter(self._host)
        snapshots, shelver = Snapshots(self._host), Shelver(self._host)
        self._methods: dict[str, Callable[[Task], None]] = {
            build_request.METHOD: forget.what_is_late(self._host, Builder(self._host).build),
            removal.METHOD: Remover(self._host).delete,
            "start": power.start,
            "stop": power.stop,
            "reboot": power.reboot,
            "pause": power.pause,
            "unpause": power.unpause,
            "suspend": power.suspend,
            "resume": power.resume,
            "trigger_crash_dump": power.trigger_crash_dump,
            "inject_network_info": power.inject_network_info,
            "change_password": power.change_password,
            **Rescuer(self._host).methods,
            **soft_deleter.methods,
            "snapshot": snapshots.snapshot,
            "backup": snapshots.backup,
            "rebuild": Rebuilder(self._host).rebuild,
            "shelve": shelver.shelve,
            "shelve_offload": shelver.shelve_offload,
            "unshelve": forget.what_is_late(self._host, Unshelver(self._host).unshelve),
            aggregates.CACHE_IMAGES: ImageCache(self._host).cache_images,
            **Interfaces(self._host).methods,
            **Volumes(self._host).methods,
            **moving.methods(self._host),
            **ExternalEvents(self._host).methods,
            **Shares(self._host).methods,
        }
        self._questions: dict[str, Question] = {
            **Inside(self._host).questions,
            **HostSwitches(self._host).questions,
        }
        self._periodic_jobs: list[Callable[[], None]] = [
            soft_deleter.reclaim,
            shelver.offload_due,
            Confirmer(self._host).confirm_due,
        ]

    @property
    def questions(self) -> Mapping[str, Question]:
        """What may be asked with ``host_calls.ask``: name → function (context, **arguments)."""
        return self._questions

    @property
    def periodic_jobs(self) -> Sequence[Callable[[], None]]:
        """What is done every ``[work] periodic_interval`` seconds."""
        return self._periodic_jobs

    @property
    def methods(self) -> Mapping[str, Callable[[Task], None]]:
        return self._methods

    def give_up(self, task: Task, reason: str, details: str) -> None:
        """Puts the server into ERROR over an item that failed too often; deleting it then clears up."""
        item = task.item
        error = exception.NovaError(f"{self._host.name} gave up on {item.method}: {reason}")
        fault = faults.of(error, details=details)
        with self._host.backend.db.reader() as conn:
            guest = guests.get(conn, str(item.server_uuid))
        if guest is not None and not guest.is_going:
            self._host.require(task)
            moving.close_others(self._host, guest, item)
        with self._host.backend.db.writer() as conn:
            task.finish(conn)
            guest = guests.get(conn, str(item.server_uuid), lock=True)
            if guest is not None and not guest.deleted:
                guests.fail(conn, guest)
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
                moving.give_up(conn, guest, item)
            actions.fail_unfinished(conn, item.action_id, fault.message, fault.details)
            work = [Pending(item.method, item.payload)] if server_images.KEY in item.payload else []
            dropped = Dropped(conn, self._host.backend.conf, work)
        dropped.take_back(self._host.backend)

    def reconcile(self) -> list[str]:
        """Destroys guests whose servers were deleted, or moved, while this host was down; which ones."""
        there = self._host.driver.list_instances()
        strays = sorted(there - forget.belongs(self._host, there))
        for uuid in strays:
            self._host.driver.destroy(uuid)
        with self._host.backend.db.writer() as conn:
            server_migrations.complete_evacuations(conn, self._host.name)
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
                    "disk_available_least": node.disk_available_least,
                    "uptime": node.uptime,
                    "can_rescue_volumes": node.can_rescue_volumes,
                    "reserved_memory_mb": options.reserved_host_memory_mb,
                    "cpu_allocation_ratio": options.cpu_allocation_ratio,
                    "ram_allocation_ratio": options.ram_allocation_ratio,
                    "disk_allocation_ratio": options.disk_allocation_ratio,
                }
                nodes.report(conn, self._host.name, node.node, values)
