"""What the service asks of a service of shared file systems; Manila can serve all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from nova_api.context import RequestContext

AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class Share:
    """A shared file system; ``export_location`` is what is mounted, None while there is nothing yet."""

    id: str
    project_id: str
    name: str
    protocol: str
    status: str
    export_location: str | None


class Shares(Protocol):
    """Shared file systems of servers."""

    def show(self, context: RequestContext, share_id: str) -> Share:
        """Raises ShareNotFound."""

    def allow(self, context: RequestContext, share_id: str, server_uuid: str, host: str) -> None:
        """Lets ``host`` mount it for a server, now or already; raises ShareNotFound."""

    def deny(self, context: RequestContext, share_id: str, server_uuid: str) -> None:
        """Ends that; nothing where it was not so."""
