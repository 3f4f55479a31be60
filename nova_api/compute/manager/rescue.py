"""Rescue: the guest runs from another image, with its own disk beside, until it is mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nova_api.compute.manager.host import Host
from nova_api.compute.manager.spec import spec_of
from nova_api.compute.manager.switch import switch
from nova_api.db.guests import Guest
from nova_api.work.worker import Task


class Rescuer:
    """The methods ``rescue`` ({"image_id": or null, "admin_password"}) and ``unrescue`` (empty payload)."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def methods(self) -> Mapping[str, Callable[[Task], None]]:
        return {"rescue": self.rescue, "unrescue": self.unrescue}

    def rescue(self, task: Task) -> None:
        def act(guest: Guest) -> dict[str, Any]:
            spec = spec_of(
                self._host,
                task.item.context,
                guest,
                guest.nics or [],
                image_id=task.item.payload["image_id"],
                admin_password=task.item.payload["admin_password"],
            )
            self._host.driver.rescue(spec)
            return {"power_state": self._host.driver.power_state(guest.uuid)}

        switch(self._host, task, "rescue", act)

    def unrescue(self, task: Task) -> None:
        switch(self._host, task, "unrescue", lambda guest: self._host.driver.unrescue(guest.uuid))
