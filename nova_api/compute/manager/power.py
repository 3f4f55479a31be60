"""Start, stop, reboot, pause, suspend and their like: each is one call of the driver."""

from __future__ import annotations

from nova_api import exception
from nova_api.compute import faults, states
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.manager.switch import switch
from nova_api.db.guests import Guest
from nova_api.work.worker import Task


class Power:
    """Methods of which each is one call of the driver.

    Payloads are empty, but for ``reboot``: {"type": "SOFT" or "HARD"}, and
    ``change_password``: {"admin_password"}.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._driver = host.driver

    def start(self, task: Task) -> None:
        switch(self._host, task, "start", lambda guest: self._driver.power_on(guest.uuid))

    def stop(self, task: Task) -> None:
        switch(self._host, task, "stop", lambda guest: self._driver.power_off(guest.uuid))

    def reboot(self, task: Task) -> None:
        hard = task.item.payload["type"] == "HARD"
        switch(
            self._host,
            task,
            "reboot_hard" if hard else "reboot_soft",
            lambda guest: self._driver.reboot(guest.uuid, hard=hard),
            started=states.REBOOT_STARTED_HARD if hard else states.REBOOT_STARTED,
            off_is_error=True,
        )

    def pause(self, task: Task) -> None:
        switch(self._host, task, "pause", lambda guest: self._driver.pause(guest.uuid))

    def unpause(self, task: Task) -> None:
        switch(self._host, task, "unpause", lambda guest: self._driver.unpause(guest.uuid))

    def suspend(self, task: Task) -> None:
        switch(self._host, task, "suspend", lambda guest: self._driver.suspend(guest.uuid))

    def resume(self, task: Task) -> None:
        switch(self._host, task, "resume", lambda guest: self._driver.resume(guest.uuid))

    def trigger_crash_dump(self, task: Task) -> None:
        switch(self._host, task, "trigger_crash_dump", lambda guest: self._driver.inject_nmi(guest.uuid))

    def inject_network_info(self, task: Task) -> None:
        switch(
            self._host,
            task,
            "inject_network_info",
            lambda guest: self._driver.inject_network_info(guest.uuid, guest.nics or []),
        )

    def change_password(self, task: Task) -> None:
        """Ends ACTIVE whatever comes of it; who waits is told PasswordNotSet or NotSupported."""

        def act(guest: Guest) -> None:
            try:
                self._driver.set_admin_password(guest.uuid, task.item.payload["admin_password"])
            except (exception.NotSupported, *PASSING):
                raise
            except Exception as error:
                reason = faults.of(error).message
                raise exception.PasswordNotSet(server_id=guest.uuid, reason=reason) from error

        switch(self._host, task, "change_password", act)
