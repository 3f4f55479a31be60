"""What is there at first start, and going back to it (or to another world).

A seed is a dictionary; every key is optional and a list:

``accounts``
    name, user_id, project, project_id, roles, password
``flavors``
    flavorid, name, memory_mb, vcpus, root_gb, ephemeral_gb, swap, rxtx_factor, is_public, description,
    extra_specs
``images``
    as ``nova_api.neighbours.images.seed`` takes them
``networks``, ``subnets``, ``ports``, ``security_groups``
    as the network API shows them; a group's ``security_group_rules`` are objects
``volumes``, ``volume_types``
    as the volume API shows them
``shares``
    columns of ``share_shares``
``services``
    binary, host; registered as alive now
``nodes``
    columns of ``compute_nodes``
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from oslo_db import api as oslo_db_api
from oslo_db import exception as oslo_db_exception
from sqlalchemy.engine import Connection

from nova_api import clouds
from nova_api.compute import drivers
from nova_api.compute.manager.service import hosts_of
from nova_api.db import emptying, schema
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import compute_nodes, flavor_extra_specs, flavors, services
from nova_api.db.schema.share import shares
from nova_api.neighbours import identity, images, networks, volumes

if TYPE_CHECKING:
    from nova_api.backend import Backend

Seed = Mapping[str, Any]

_FLAVORS = (
    ("1", "m1.tiny", 512, 1, 1),
    ("2", "m1.small", 2048, 1, 20),
    ("3", "m1.medium", 4096, 2, 40),
    ("4", "m1.large", 8192, 4, 80),
    ("5", "m1.xlarge", 16384, 8, 160),
)
#: The flavors of a first start.
FLAVORS = [
    {"flavorid": flavorid, "name": name, "memory_mb": memory, "vcpus": vcpus, "root_gb": disk}
    for flavorid, name, memory, vcpus, disk in _FLAVORS
]
#: Users of a first start; each has a project of the same name (``clouds.write`` counts on that).
USERS: tuple[Mapping[str, Any], ...] = (
    {"name": "admin", "project": "admin", "roles": ("admin", "member", "reader")},
    {"name": "demo", "project": "demo", "roles": ("member", "reader")},
)
_NETWORK_KEYS = ("networks", "subnets", "ports", "security_groups")
#: Rows of the process rather than of its users: a reset without services in its seed keeps them.
_OF_PROCESSES = (services, compute_nodes)


def passwords_of(backend: Backend) -> dict[str, str]:
    """Passwords for the users of a first start: those of clouds.yaml, new ones where it has none."""
    known = clouds.passwords(clouds.path_of(backend.conf))
    return {user["name"]: known.get(user["name"]) or secrets.token_urlsafe(15) for user in USERS}


def is_first_start(backend: Backend) -> bool:
    """Whether nobody has an account yet: they are made last."""
    return not backend.identity.users()


def first_start(backend: Backend, passwords: Mapping[str, str]) -> None:
    """Fills an empty cloud: flavors, networks, an image, and users with these ``passwords``."""
    _load(backend, {}, passwords)


def set_passwords(backend: Backend, passwords: Mapping[str, str]) -> None:
    """Gives users who exist new passwords: those that clouds.yaml has lost."""
    if isinstance(backend.identity, identity.LocalIdentity):
        for name, password in passwords.items():
            for user in backend.identity.users(name):
                backend.identity.update_user(user.id, password=password)


def reset(backend: Backend, seed: Seed | None = None) -> None:
    """Empties the cloud and fills it with ``seed``; None means as at first start, with the same passwords.

    Guests, image files and tokens go too.  Services and nodes stay, with
    nothing claimed, unless the seed names others.
    """
    for host in hosts_of(backend):
        driver = drivers.load(backend.conf, host)
        for server in driver.list_instances():
            driver.destroy(server)

    def empty() -> None:
        with backend.db.writer() as conn:
            _empty(conn, keep_services=seed is None or "services" not in seed)

    # Workers go on meanwhile: one may add to a server that is just being deleted.
    oslo_db_api.wrap_db_retry(
        max_retries=10,
        retry_interval=0.1,
        inc_retry_interval=False,
        retry_on_deadlock=True,
        exception_checker=lambda error: isinstance(error, oslo_db_exception.DBReferenceError),
    )(empty)()
    # Files, and what is cached of rows that are gone.
    for neighbour in (backend.images, backend.identity):
        if isinstance(neighbour, images.LocalImages | identity.LocalIdentity):
            neighbour.clear()
    if seed is None:
        _load(backend, {}, passwords_of(backend))
    else:
        _load(backend, seed, None)


def _empty(conn: Connection, *, keep_services: bool) -> None:
    kept = _OF_PROCESSES if keep_services else ()
    emptying.empty(conn, [table for table in schema.metadata.sorted_tables if table not in kept])
    if keep_services:
        conn.execute(
            sa.update(compute_nodes).values(
                vcpus_used=0, memory_mb_used=0, local_gb_used=0, generation=compute_nodes.c.generation + 1
            )
        )


def _load(backend: Backend, seed: Seed, passwords: Mapping[str, str] | None) -> None:
    """Loads ``seed``; with ``passwords`` what it does not name is that of a first start."""
    first = passwords is not None
    with backend.db.writer() as conn:
        # A first start that died half-way begins again; what it made stays.
        there = set(conn.execute(sa.select(flavors.c.flavorid)).scalars())
        for flavor in seed.get("flavors", FLAVORS if first else ()):
            if flavor["flavorid"] not in there:
                _insert_flavor(conn, flavor)
        for share in seed.get("shares", ()):
            conn.execute(sa.insert(shares).values(**share))
        for service in seed.get("services", ()):
            values = {"uuid": str(uuid.uuid4()), "last_seen_at": utcnow(), **service}
            conn.execute(sa.insert(services).values(**values))
        for node in seed.get("nodes", ()):
            conn.execute(sa.insert(compute_nodes).values(**{"uuid": str(uuid.uuid4()), **node}))
    accounts = [dict(account) for account in seed.get("accounts", ())]
    if passwords is not None:
        accounts = [{**account, "password": passwords[account["name"]]} for account in USERS]
    owner = next((str(account["project_id"]) for account in accounts if account.get("project_id")), "")
    # Only what is embedded is ours to fill.
    if isinstance(backend.networks, networks.LocalNetworks):
        networks.seed(backend.networks, None if first else _network_world(seed), project_id=owner)
    if isinstance(backend.images, images.LocalImages):
        images.seed(backend.images, None if first else seed.get("images", ()), owner=owner)
    if isinstance(backend.volumes, volumes.LocalVolumes):
        types = [{"name": backend.conf.neighbours.default_volume_type}] if first else ()
        volumes.seed(
            backend.volumes,
            seed.get("volumes", ()),
            seed.get("volume_types", types),
            owner=owner,
            zone=backend.conf.default_availability_zone,
        )
    if isinstance(backend.identity, identity.LocalIdentity):
        identity.seed(backend.identity, accounts)


def _insert_flavor(conn: Connection, flavor: Mapping[str, Any]) -> None:
    values = {key: value for key, value in flavor.items() if key != "extra_specs"}
    row = conn.execute(sa.insert(flavors).values(**values)).inserted_primary_key
    assert row is not None  # the table has one
    for key, value in (flavor.get("extra_specs") or {}).items():
        conn.execute(sa.insert(flavor_extra_specs).values(flavor_id=row[0], key=key, value=value))


def _network_world(seed: Seed) -> dict[str, list[Any]]:
    world: dict[str, list[Any]] = {key: list(seed.get(key, ())) for key in _NETWORK_KEYS}
    world["security_group_rules"] = [
        rule for group in world["security_groups"] for rule in group.get("security_group_rules", ())
    ]
    return world
