"""Creating servers: checks and look-ups, then quota, rows and work items in one transaction."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception, work
from nova_api.backend import Backend
from nova_api.compute import build_request, quotas, states
from nova_api.compute.build_request import BuildRequest
from nova_api.compute.operations import OPERATIONS
from nova_api.compute.servers import checks, mappings, members, names, quota
from nova_api.compute.servers.boot import Disks
from nova_api.compute.servers.order import Order
from nova_api.context import RequestContext
from nova_api.db import actions, block_devices, server_groups, servers
from nova_api.db import quotas as db_quotas
from nova_api.db.schema.base import utcnow
from nova_api.db.servers import NewServer

#: Lock of names that must be unique in the whole cloud; no project is called that.
_ALL_NAMES = "*names*"


@dataclasses.dataclass(frozen=True)
class Created:
    """What came of an order; ``disk_config`` is AUTO or MANUAL, ``servers`` are in order of their names."""

    reservation_id: str
    servers: tuple[NewServer, ...]
    admin_password: str
    disk_config: str


def create(backend: Backend, context: RequestContext, order: Order) -> Created:
    """Accepts ``order``: between ``min_count`` and ``max_count`` servers, as the quotas allow.

    Their builds begin once this has returned.  Raises Invalid, Forbidden or
    Conflict with what is wrong (``errors.md`` §7–§9 of the facts), QuotaExceeded,
    ServerNameExists.
    """
    with backend.db.reading():  # a dozen look-ups, one transaction
        plan = _Plan(backend, context, order)
    with plan.disks.reserved(plan.first_uuid) as (rows, keep):
        return backend.db.retrying(lambda: plan.carry_out(rows, keep))


class _Plan:
    """An order with everything that it names looked up; ``carry_out`` may run again after a deadlock."""

    def __init__(self, backend: Backend, context: RequestContext, order: Order) -> None:
        if context.project_id is None or context.user_id is None:
            raise exception.Forbidden("A server needs an owner: use a token that is scoped to a project.")
        if order.min_count > order.max_count:
            raise exception.Invalid("min_count must be <= max_count")
        if order.hostname is not None and order.max_count > 1:
            raise exception.HostnameForSeveral()
        devices = mappings.devices(order.image_id, order.mappings, order.mappings_v2)
        self._backend = backend
        self._context = context
        self._order = order
        self._project_id = str(context.project_id)
        self._user_id = str(context.user_id)
        self._limits, self._own_limits = quotas.limits_of_both(backend, self._project_id, self._user_id)
        #: Where names are unique, "project" or "global".
        self._unique_names = str(backend.conf.osapi_compute_unique_server_name_scope)
        self._hints = checks.scheduler_hints(order.scheduler_hints)
        self._flavor = checks.flavor(backend, context, order.flavor_id)
        self.disks = Disks(backend, context, order, self._flavor, devices)
        #: Of the one server, where there is only one: volumes that exist are reserved for it.
        self.first_uuid = str(uuid.uuid4())
        checks.amounts(self._limits, order)
        self._disk_config = checks.disk_config(self.disks.source, order.disk_config)
        self._kernel, self._ramdisk = checks.kernel_of(backend, context, self.disks.source)
        self._key_data = checks.key(backend, context, order.key_name)
        checks.place(backend, order)
        self._groups = checks.security_groups(backend, context, order.security_groups)
        self._networks = checks.networks(backend, context, order)
        self._most = checks.fitting_ports(backend, context, order, self._networks)
        password = order.admin_password
        if password is None:
            password = names.password(backend.conf.password_length)
        self._password = password

    def carry_out(self, disks: Sequence[Mapping[str, Any]], keep: Callable[[Connection], None]) -> Created:
        """``disks`` are the rows that ``Disks.reserved`` gave, and ``keep`` what it gave with them."""
        reservation_id = names.reservation_id()
        with work.accept(self._backend) as accepted:
            conn = accepted.conn
            if quota.is_limited(self._limits, self._own_limits) or self._unique_names:
                # The first statement: a snapshot taken before the lock would not show what others have used.
                db_quotas.lock(conn, self._project_id)
            count = self._count(conn)
            group = members.group_for(conn, self._context, self._hints, self._limits, count)
            made = [self._insert(conn, reservation_id, index, count) for index in range(count)]
            if group is not None:
                server_groups.add_members(conn, group, [server.id for server in made])
            for server in made:
                for row in disks:
                    block_devices.insert(conn, server.id, {**row, "uuid": str(uuid.uuid4())})
                action = actions.start(conn, self._context, server.id, str(OPERATIONS["create"].action))
                build_request.submit(accepted, self._context, server, action, self._build_request())
            keep(conn)
        return Created(reservation_id, tuple(made), self._password, self._disk_config)

    def _count(self, conn: Connection) -> int:
        """How many servers the quotas of the project leave room for, and the user's where he has his own."""
        count = min(
            quota.fitting(conn, self._project_id, self._limits, self._flavor, self._order), self._most
        )
        if self._own_limits == self._limits:
            return count
        owned = quota.fitting(
            conn, self._project_id, self._own_limits, self._flavor, self._order, user_id=self._user_id
        )
        return min(count, owned)

    def _insert(self, conn: Connection, reservation_id: str, index: int, count: int) -> NewServer:
        server_uuid = self.first_uuid if index == 0 else str(uuid.uuid4())
        name = names.numbered(self._order.name, index, count)
        self._check_name(conn, name)
        hostname = self._order.hostname
        values = {
            **self._shared_values(),
            "uuid": server_uuid,
            "reservation_id": reservation_id,
            "launch_index": index,
            "name": name,
            "hostname": hostname or names.hostname_of(self._order.name, server_uuid, index, count),
        }
        return servers.insert(conn, values, self._order.metadata, self._order.tags)

    def _check_name(self, conn: Connection, name: str) -> None:
        scope = self._unique_names
        if not scope:
            return
        if scope == "global":
            db_quotas.lock(conn, _ALL_NAMES)
        if servers.name_is_taken(conn, name, self._project_id if scope == "project" else None):
            raise exception.ServerNameExists(name=name)

    def _shared_values(self) -> Mapping[str, Any]:
        """The columns that all servers of the order have in common."""
        order, flavor = self._order, self._flavor
        return {
            "project_id": self._project_id,
            "user_id": self._context.user_id,
            "description": order.description,
            "vm_state": states.BUILDING,
            "task_state": OPERATIONS["create"].task_state,
            "power_state": states.NOSTATE,
            "availability_zone": self._zone,
            "flavor": flavor,
            "flavorid": flavor["flavorid"],
            "vcpus": flavor["vcpus"],
            "memory_mb": flavor["ram"],
            "root_gb": flavor["disk"],
            "ephemeral_gb": flavor["ephemeral"],
            "image_id": self.disks.source.id,
            "image_properties": checks.kept_properties(self.disks.source.properties),
            "kernel_id": self._kernel,
            "ramdisk_id": self._ramdisk,
            "key_name": order.key_name,
            "key_data": self._key_data,
            "user_data": order.user_data,
            "config_drive": order.config_drive,
            "disk_config": self._disk_config,
            "access_ip_v4": order.access_ip_v4,
            "access_ip_v6": order.access_ip_v6,
            "scheduler_hints": self._hints,
            "trusted_certs": None if order.trusted_certs is None else list(order.trusted_certs),
            "requested_networks": self._networks,
            "requested_security_groups": self._groups,
            "created_at": utcnow(),
        }

    @property
    def _zone(self) -> str | None:
        default: str | None = self._backend.conf.default_schedule_zone
        return self._order.zone or self.disks.zone or default

    def _build_request(self) -> BuildRequest:
        return BuildRequest(
            zone=self._zone,
            host=self._order.host,
            node=self._order.node,
            admin_password=self._password,
            files=tuple(dict(file) for file in self._order.files),
        )
