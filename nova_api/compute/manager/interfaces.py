"""NICs and addresses of a guest that exists: the network service and the hypervisor, kept in step.

Whatever fails, the server keeps its states: it runs on with the NICs it had.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nova_api import exception
from nova_api.compute import faults
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.transitions import OPERATIONS
from nova_api.context import RequestContext
from nova_api.db import actions, guests
from nova_api.db.guests import Guest
from nova_api.neighbours.networks.interface import Nic
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: What is wrong with what was asked for, though it is a conflict when a server is created.
_UNUSABLE = (exception.NetworkAmbiguous, exception.NoMoreAddresses)


class Interfaces:
    """The methods about NICs.

    ``attach_interface`` {"network_id", "port_id", "fixed_ip", "tag", "key"} answers
    with the NIC; ``detach_interface`` {"port_id"}; ``add_fixed_ip`` {"network_id"};
    ``remove_fixed_ip`` {"address"}; ``refresh_network`` {"gone": port id or None}.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db
        self._networks = host.backend.networks

    @property
    def methods(self) -> dict[str, Callable[[Task], None]]:
        return {
            "attach_interface": self.attach,
            "detach_interface": self.detach,
            "add_fixed_ip": self.add_fixed_ip,
            "remove_fixed_ip": self.remove_fixed_ip,
            "refresh_network": self.refresh,
        }

    def attach(self, task: Task) -> None:
        with self._guest(task, OPERATIONS["attach_interface"].events[0]) as (guest, event):
            if guest is None:
                return
            try:
                nic = self._plug(task, guest)
            except PASSING:
                raise
            except Exception as error:
                self._failed(task, guest, event, error)
                return
            task.answer = nic
            if not self._done(task, guest, event):
                # Its delete has passed, or did not see this port: nobody else takes it away.
                self._networks.detach(task.item.context, guest.uuid, nic["port_id"])
                task.error = exception.ServerNotFound(server_id=guest.uuid)

    def _plug(self, task: Task, guest: Guest) -> Nic:
        context, asked = task.item.context, task.item.payload
        # A run that was broken off may have bound the user's port already; at first it must be free.
        bound = task.item.attempts > 1 and self._has(guest, asked["port_id"])
        port_id = asked["port_id"] if bound else None
        if port_id is None:
            port_id = self._networks.attach(
                context,
                guest.uuid,
                guest.project_id,
                self._checked(context, asked),
                self._host.name,
                asked["key"],
            )
        try:
            nic = self._nic(guest, port_id)
            self._host.driver.attach_interface(guest.uuid, nic)
        except PASSING:
            raise
        except Exception:
            self._host.require(task)
            self._networks.detach(context, guest.uuid, port_id)
            raise
        return nic

    def _checked(self, context: RequestContext, asked: dict[str, Any]) -> dict[str, Any]:
        """The one request that the network service is to serve."""
        anything = asked["network_id"] or asked["port_id"]
        try:
            requests = self._networks.validate_requested(context, [asked] if anything else None)
        except _UNUSABLE as error:
            raise exception.Invalid(str(error)) from error
        if not requests:
            raise exception.NoNetworkToAllocate(project_id=context.project_id)
        return {**requests[0], "tag": asked["tag"]}

    def detach(self, task: Task) -> None:
        port_id = task.item.payload["port_id"]

        def unplug(guest: Guest) -> None:
            self._host.driver.detach_interface(guest.uuid, port_id)
            self._networks.detach(task.item.context, guest.uuid, port_id)

        self._change(task, OPERATIONS["detach_interface"].events[0], unplug)

    def add_fixed_ip(self, task: Task) -> None:
        network_id = task.item.payload["network_id"]

        def add(guest: Guest) -> None:
            # A run that was broken off may have taken the address already: its row does not know it yet.
            if not (task.item.attempts > 1 and self._gained(guest, network_id)):
                self._networks.add_address(task.item.context, guest.uuid, network_id)

        self._change(task, None, add)

    def remove_fixed_ip(self, task: Task) -> None:
        address = task.item.payload["address"]
        self._change(
            task,
            None,
            lambda guest: self._networks.remove_address(task.item.context, guest.uuid, address),
        )

    def refresh(self, task: Task) -> None:
        """The network service says that something has changed; ``gone`` is a port that it has deleted."""
        gone = task.item.payload["gone"]

        def unplug(guest: Guest) -> None:
            if gone is not None and not self._has(guest, gone):
                self._host.driver.detach_interface(guest.uuid, gone)

        self._change(task, None, unplug)

    # --- what the above are made of ------------------------------------------------

    @contextmanager
    def _guest(self, task: Task, event_name: str | None) -> Iterator[tuple[Guest | None, int | None]]:
        """The server in its turn and the event; None, with everything ended, when it is gone from here."""
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid):
            with self._db.writer() as conn:
                guest = guests.get(conn, uuid)
                event = None
                if event_name is not None:
                    event = actions.start_event(conn, task.item.action_id, event_name, self._host.name)
            if guest is None or guest.is_going or guest.host != self._host.name:
                self._host.drop(task, event, "The server was deleted or moved before this began.")
                task.error = exception.ServerNotFound(server_id=uuid)
                yield None, event
                return
            yield guest, event

    def _change(self, task: Task, event_name: str | None, act: Callable[[Guest], object]) -> None:
        with self._guest(task, event_name) as (guest, event):
            if guest is None:
                return
            try:
                act(guest)
            except PASSING:
                raise
            except Exception as error:
                self._failed(task, guest, event, error)
                return
            self._done(task, guest, event)

    def _done(self, task: Task, guest: Guest, event: int | None) -> bool:
        nics = self._networks.nics_of([guest.uuid]).get(guest.uuid, [])
        with self._db.writer() as conn:
            task.finish(conn)
            done = guests.change(conn, guest, nics=nics)
            reason = None if done else "The server was deleted meanwhile."
            actions.finish_event(conn, event, failed=not done, details=reason)
            actions.finish(conn, task.item.action_id, failed=not done)
        return done

    def _failed(self, task: Task, guest: Guest, event: int | None, error: Exception) -> None:
        fault = faults.of(error)
        LOG.warning("Server %s: %s failed: %s", guest.uuid, task.item.method, error)
        task.error = error if isinstance(error, exception.NovaError) else exception.NovaError(fault.message)
        with self._db.writer() as conn:
            task.finish(conn)
            guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)

    def _nic(self, guest: Guest, port_id: str) -> Nic:
        for nic in self._networks.nics_of([guest.uuid]).get(guest.uuid, []):
            if nic["port_id"] == port_id:
                return nic
        raise exception.PortNotFound(port_id=port_id)

    def _has(self, guest: Guest, port_id: str | None) -> bool:
        found = self._networks.nics_of([guest.uuid]).get(guest.uuid, [])
        return port_id is not None and any(nic["port_id"] == port_id for nic in found)

    def _gained(self, guest: Guest, network_id: str) -> bool:
        """Whether the server has more addresses on the network than its row knows of."""
        now = self._networks.nics_of([guest.uuid]).get(guest.uuid, [])
        return _addresses(now, network_id) > _addresses(guest.nics or [], network_id)


def _addresses(nics: list[Nic], network_id: str) -> int:
    return sum(len(nic["fixed_ips"]) for nic in nics if nic["network_id"] == network_id)
