"""Addresses: who has which, and the next free one.

An allocator first locks the rows of the subnets that it may take from, in
the order of their ids.  From then on it is alone with them, so what it reads
is what it writes; and as that locking read is the transaction's first
statement, MySQL's snapshot is not older.  The unique key on (subnet, address)
stands behind it for whoever forgets.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api.db.schema.network import addresses, subnets

#: Farther from the base than this, an address is kept without its distance (IPv6 is that large).
FARTHEST = 2**62

# Made once: making a statement takes as long as running it.
_LOCKED_SUBNETS = (
    sa.select(
        *(subnets.c.uuid, subnets.c.network_id, subnets.c.ip_version, subnets.c.cidr),
        *(subnets.c.gateway_ip, subnets.c.allocation_pools, subnets.c.ipv6_address_mode),
    )
    .where(subnets.c.network_id.in_(sa.bindparam("networks", expanding=True)))
    .order_by(subnets.c.id)
    .with_for_update()
)
_HIGHEST = (
    sa.select(addresses.c.distance)
    .where(
        addresses.c.subnet_id == sa.bindparam("subnet"),
        addresses.c.distance.between(sa.bindparam("low"), sa.bindparam("high")),
    )
    .order_by(addresses.c.distance.desc())
    .limit(1)
)
_TAKE = sa.insert(addresses)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def lock_subnets(conn: Connection, network_ids: Collection[str]) -> dict[str, list[RowMapping]]:
    """Network → its subnets, what decides of addresses, locked till the transaction ends.  Call it first."""
    found: dict[str, list[RowMapping]] = {network_id: [] for network_id in network_ids}
    for row in conn.execute(_LOCKED_SUBNETS, {"networks": list(found)}).mappings():
        found[row["network_id"]].append(row)
    return found


def network_of(subnet: RowMapping) -> Network:
    """The range of a subnet; a CIDR with host bits set is taken by its network."""
    return ipaddress.ip_network(subnet["cidr"], strict=False)


def default_pool(network: Network, gateway: Address | None) -> list[dict[str, str]]:
    """The usable addresses without the gateway: one range, or two around it."""
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.num_addresses > 2:
        first += 1
        if network.version == 4:
            last -= 1
    kind = type(network.network_address)
    spans = [(first, last)]
    if gateway is not None and first <= int(gateway) <= last:
        spans = [(first, int(gateway) - 1), (int(gateway) + 1, last)]
    return [{"start": str(kind(low)), "end": str(kind(high))} for low, high in spans if low <= high]


def _spans(subnet: RowMapping) -> Iterator[tuple[int, int]]:
    """Distances of the allocation pools, both ends included."""
    base = int(network_of(subnet).network_address)
    for pool in subnet["allocation_pools"]:
        low = int(ipaddress.ip_address(pool["start"])) - base
        high = int(ipaddress.ip_address(pool["end"])) - base
        if 0 <= low <= FARTHEST:
            yield low, min(high, FARTHEST)


def free_address(conn: Connection, subnet: RowMapping) -> str | None:
    """An address that nobody has, in a locked subnet; None when its pools are used up.

    The one after the highest in use, so that a released address rests for a
    while; at the end of a pool, the lowest gap.
    """
    gateway = subnet["gateway_ip"]
    base = network_of(subnet).network_address
    skip = int(ipaddress.ip_address(gateway)) - int(base) if gateway else None
    for low, high in _spans(subnet):
        distance = _after_highest(conn, subnet, low, high, skip)
        if distance is None:
            distance = _gap(conn, subnet, low, high, skip)
        if distance is not None:
            return str(base + distance)
    return None


def _after_highest(conn: Connection, subnet: RowMapping, low: int, high: int, skip: int | None) -> int | None:
    highest = conn.scalar(_HIGHEST, {"subnet": subnet["uuid"], "low": low, "high": high})
    candidate = low if highest is None else highest + 1
    if candidate == skip:
        candidate += 1
    return int(candidate) if candidate <= high else None


def _gap(conn: Connection, subnet: RowMapping, low: int, high: int, skip: int | None) -> int | None:
    """The lowest free distance from ``low`` to ``high``."""
    other = addresses.alias()
    taken_after = sa.exists().where(
        other.c.subnet_id == addresses.c.subnet_id, other.c.distance == addresses.c.distance + 1
    )
    ends_of_runs = (
        sa.select(addresses.c.distance + 1)
        .where(
            addresses.c.subnet_id == subnet["uuid"],
            addresses.c.distance.between(low, high - 1),
            sa.not_(taken_after),
        )
        .order_by(addresses.c.distance)
        .limit(2)
    )
    candidates: list[int] = [low, *conn.scalars(ends_of_runs)]
    # The gateway's own place is a gap that is not free; what follows it may be.
    candidates += [skip + 1] if skip is not None and low <= skip < high else []
    for distance in sorted(candidates):
        if distance != skip and distance <= high and not _taken(conn, subnet, distance):
            return int(distance)
    return None


def _taken(conn: Connection, subnet: RowMapping, distance: int) -> bool:
    query = sa.select(addresses.c.id).where(
        addresses.c.subnet_id == subnet["uuid"], addresses.c.distance == distance
    )
    return conn.execute(query).first() is not None


def holder(conn: Connection, subnet_id: str, address: str) -> str | None:
    """The port that has the address."""
    query = sa.select(addresses.c.port_id).where(
        addresses.c.subnet_id == subnet_id, addresses.c.address == address
    )
    return conn.scalar(query)


def take(conn: Connection, port_id: str, subnet: RowMapping, address: str) -> None:
    """Gives an address to a port; raises one of ``DUPLICATE_ERRORS`` when it is not free."""
    distance = int(ipaddress.ip_address(address)) - int(network_of(subnet).network_address)
    conn.execute(
        _TAKE,
        {
            "port_id": port_id,
            "subnet_id": subnet["uuid"],
            "address": address,
            "distance": distance if distance <= FARTHEST else None,
        },
    )


def release(conn: Connection, port_id: str, taken: Sequence[str] | None = None) -> None:
    """Frees the port's addresses, or those of them that are ``taken``."""
    query = addresses.delete().where(addresses.c.port_id == port_id)
    if taken is not None:
        query = query.where(addresses.c.address.in_(list(taken)))
    conn.execute(query)
