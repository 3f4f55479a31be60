"""The hands of ``World``: what it does to the service behind it, by ordinary rows and calls."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from nova_api import rpc
from nova_api import seed as nova_seed
from nova_api.backend import Backend
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.block_device import server_block_devices as block_devices
from nova_api.db.schema.compute import compute_nodes, servers, services
from nova_api.db.schema.migration import migrations
from nova_api.db.schema.volume import volume_snapshots
from nova_api.db.schema.work import work_items
from tests.conformance import seeds, volumes
from tests.functional.api.servers import given

_UNFINISHED = sa.select(work_items.c.id).where(work_items.c.state != "failed").limit(1)


class CastsAsCalls(rpc.Client):
    """Casts; those of a request that asked for it (``waiting``) return when what they began is done.

    :param busy: whether any accepted work is unfinished
    """

    #: Seconds that one request waits at most.
    PATIENCE = 10.0

    def __init__(self, conf: Any, busy: Callable[[], bool]) -> None:
        super().__init__(conf)
        self._busy = busy
        self._request = threading.local()

    def wait_until(self, end: float) -> None:
        """The casts of this thread wait from here on, until the monotonic time ``end`` at most; 0: not."""
        self._request.end = end

    def cast(self, topic: str, host: str | None, item_uuid: str) -> None:
        super().cast(topic, host, item_uuid)
        self.settle()

    def settle(self) -> None:
        """Waits, where this thread's casts do."""
        while time.monotonic() < getattr(self._request, "end", 0.0) and self._busy():
            time.sleep(0.01)


class Cloud:
    """One service, whose volumes are ``AnyVolumes`` and whose casts can be calls."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        # In the place of the properties that make the usual ones at first use.
        self._volumes = volumes.AnyVolumes(backend.conf, backend.db, backend.images)
        self.casts = CastsAsCalls(backend.conf, self.busy)
        backend.__dict__["volumes"] = self._volumes
        backend.__dict__["rpc"] = self.casts

    def busy(self) -> bool:
        """Whether any accepted work is unfinished."""
        with self._backend.db.reader() as conn:
            return conn.execute(_UNFINISHED).first() is not None

    def reset(self, seed: dict[str, Any]) -> None:
        """Empties the state and loads ``seed``.

        Beside what ``nova_api.seed`` takes, it may hold ``guests``, values for ``given.server``, and rows
        of ``migrations`` and ``snapshots``.
        """
        nova_seed.reset(self._backend, seed)
        for guest in seed.get("guests", ()):
            given.server(self._backend, **{"project_id": seed["project_id"], "user_id": "fake", **guest})
        with self._backend.db.writer() as conn:
            for snapshot in seed.get("snapshots", ()):
                conn.execute(sa.insert(volume_snapshots).values(**snapshot))
            for migration in seed.get("migrations", ()):
                server = sa.select(servers.c.id).where(servers.c.uuid == migration["server_uuid"])
                conn.execute(sa.insert(migrations).values(server_id=server.scalar_subquery(), **migration))

    def start_host(self, host: str, driver: str | None) -> None:
        """A compute service and its node, where there are none; heard of just now."""
        with self._backend.db.writer() as conn:
            here = (services.c.host == host, services.c.binary == "nova-compute")
            alive = {"last_seen_at": utcnow()}
            if conn.execute(sa.update(services).where(*here).values(**alive)).rowcount:
                return
            row = {"uuid": str(uuid.uuid4()), "host": host, "binary": "nova-compute", **alive}
            conn.execute(sa.insert(services).values(**row))
            conn.execute(sa.insert(compute_nodes).values(**seeds.node(host, driver)))

    def silence(self) -> None:
        """The hosts that have servers are down."""
        with self._backend.db.writer() as conn:
            used = sa.select(servers.c.host).where(servers.c.deleted.is_(False))
            conn.execute(
                sa.update(services)
                .where(services.c.binary == "nova-compute", services.c.host.in_(used))
                .values(forced_down=True)
            )

    def tell_uptime(self) -> None:
        """The hosts know since when they are up."""
        with self._backend.db.writer() as conn:
            conn.execute(sa.update(compute_nodes).values(uptime=" 08:32:11 up 93 days, 18:25, 12 users"))

    def give_volumes(self) -> None:
        """Each server without volumes has two."""
        with self._backend.db.writer() as conn:
            have = sa.select(block_devices.c.server_id).where(block_devices.c.volume_id.is_not(None))
            found = conn.scalars(
                sa.select(servers.c.id).where(servers.c.id.not_in(have), servers.c.deleted.is_(False))
            )
            rows = [
                {
                    "uuid": str(uuid.uuid4()),
                    "server_id": server_id,
                    "source_type": "volume",
                    "destination_type": "volume",
                    "volume_id": volume_id,
                    "device_name": device,
                    "attachment_id": str(uuid.uuid4()),
                }
                for server_id in found
                for volume_id, device in (("volume_id1", "/dev/sdb"), ("volume_id2", "/dev/sdc"))
            ]
            if rows:
                conn.execute(sa.insert(block_devices), rows)
