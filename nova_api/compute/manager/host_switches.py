"""Calls about the host itself: its power, and whether it is in maintenance."""

from __future__ import annotations

from nova_api.compute.hosts import MAINTENANCE, POWER_ACTION
from nova_api.compute.manager.calls import Question
from nova_api.compute.manager.host import Host
from nova_api.context import RequestContext


class HostSwitches:
    """Has the driver do it; saying it twice is no different from saying it once, but for a reboot."""

    def __init__(self, host: Host) -> None:
        self._driver = host.driver

    @property
    def questions(self) -> dict[str, Question]:
        return {POWER_ACTION: self.power_action, MAINTENANCE: self.maintenance}

    def power_action(self, _context: RequestContext, action: str) -> str:
        return self._driver.host_power_action(action)

    def maintenance(self, _context: RequestContext, on: bool) -> bool:
        return self._driver.set_host_maintenance(on)
