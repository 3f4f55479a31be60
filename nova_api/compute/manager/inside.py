"""Questions about a guest: its consoles and figures."""

from __future__ import annotations

import dataclasses
from typing import Any

from nova_api import exception
from nova_api.compute import states
from nova_api.compute.manager.calls import Question
from nova_api.compute.manager.host import Host
from nova_api.context import RequestContext

#: power_state → the word for it in diagnostics.
POWER_WORDS = {
    states.NOSTATE: "pending",
    states.RUNNING: "running",
    states.POWER_PAUSED: "paused",
    states.SHUTDOWN: "shutdown",
    states.CRASHED: "crashed",
    states.POWER_SUSPENDED: "suspended",
}


class Inside:
    """Answers from the driver; nothing changes."""

    def __init__(self, host: Host) -> None:
        self._driver = host.driver
        self._name = host.name

    @property
    def questions(self) -> dict[str, Question]:
        return {
            "console_output": self.console_output,
            "console": self.console,
            "diagnostics": self.diagnostics,
        }

    def console_output(self, _context: RequestContext, server_uuid: str) -> str:
        return self._driver.console_output(server_uuid)

    def console(self, _context: RequestContext, server_uuid: str, protocol: str) -> dict[str, Any]:
        return dataclasses.asdict(self._driver.console(server_uuid, protocol))

    def diagnostics(self, _context: RequestContext, server_uuid: str, raw: bool) -> dict[str, Any]:
        power_state = self._driver.power_state(server_uuid)
        if power_state != states.RUNNING:
            raise exception.ServerNotRunning(
                operation="get_diagnostics", server_id=server_uuid, state=POWER_WORDS.get(power_state, "?")
            )
        if raw:
            return dict(self._driver.raw_diagnostics(server_uuid))
        figures = dataclasses.asdict(self._driver.diagnostics(server_uuid))
        return {"state": POWER_WORDS[power_state], **figures}
