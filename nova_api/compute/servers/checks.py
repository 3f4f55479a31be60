"""What a create request names, looked up: its flavor, image, key, zone, networks.

Whatever is missing refuses the request as such (``Invalid``), because it stands
in the body and not in the URL.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import availability_zones
from nova_api.compute.quotas import UNLIMITED
from nova_api.compute.servers.order import Order
from nova_api.context import RequestContext
from nova_api.db import flavors, keypairs, nodes
from nova_api.neighbours.images import Image
from nova_api.scheduler import host_query
from nova_api.scheduler.filters import near_address

GIB = 1024**3
#: Image property value for "there is no separate kernel".
_NO_KERNEL = "nokernel"


@contextlib.contextmanager
def named_in_body() -> Iterator[None]:
    """Turns "there is no such thing" into a refusal of the request that named it."""
    try:
        yield
    except exception.NotFound as error:
        raise exception.Invalid(str(error)) from error


def flavor(backend: Backend, context: RequestContext, flavor_id: str) -> dict[str, Any]:
    """The copy of the flavor that a server keeps (see ``servers.flavor``); raises Invalid."""
    with backend.db.reader() as conn:
        whole = flavors.find_whole(conn, flavor_id, context.project_id, everything=bool(context.is_admin))
    if whole is None or whole[0].disabled:
        raise exception.Invalid(str(exception.FlavorNotFound(flavor_id=flavor_id)))
    found, specs = whole
    return {
        "flavorid": found.flavorid,
        "name": found.name,
        "vcpus": found.vcpus,
        "ram": found.memory_mb,
        "disk": found.root_gb,
        "ephemeral": found.ephemeral_gb,
        "swap": found.swap,
        "rxtx_factor": found.rxtx_factor,
        "extra_specs": specs,
    }


def image(backend: Backend, context: RequestContext, image_id: str) -> Image:
    """Raises Invalid."""
    try:
        return backend.images.show(context, image_id)
    except exception.ImageNotFound as error:
        raise exception.Invalid("Can not find requested image") from error


def image_on_flavor(image: Image, flavor: Mapping[str, Any], zero_disk_allowed: bool) -> None:
    """Raises ImageUnusable, FlavorTooSmall (memory in MiB, disk in GiB), ZeroDiskFlavor."""
    if image.status != "active":
        raise exception.ImageUnusable(image_id=image.id, status=image.status)
    if flavor["ram"] < image.min_ram:
        raise exception.FlavorTooSmall(
            what="memory", has=f"{flavor['ram']} MiB", needs=f"{image.min_ram} MiB"
        )
    if flavor["disk"] == 0:
        # As large as the image: fine only for those who may leave the host's disk to chance.
        if not zero_disk_allowed:
            raise exception.ZeroDiskFlavor()
        return
    size = image.size or 0
    if size > flavor["disk"] * GIB:
        raise exception.FlavorTooSmall(
            what="disk", has=f"{flavor['disk'] * GIB} bytes", needs=f"{size} bytes"
        )
    if image.min_disk > flavor["disk"]:
        raise exception.FlavorTooSmall(
            what="disk", has=f"{flavor['disk']} GiB", needs=f"{image.min_disk} GiB"
        )


def image_on_volume(image: Image, flavor: Mapping[str, Any], size: int) -> None:
    """A root volume of ``size`` GiB can be made of the image; raises as ``image_on_flavor``."""
    if image.status != "active":
        raise exception.ImageUnusable(image_id=image.id, status=image.status)
    if flavor["ram"] < image.min_ram:
        raise exception.FlavorTooSmall(
            what="memory", has=f"{flavor['ram']} MiB", needs=f"{image.min_ram} MiB"
        )
    if image.min_disk > size or (image.size or 0) > size * GIB:
        raise exception.VolumeTooSmall(size=size, image_id=image.id)


class Described(Protocol):
    """An image, or a volume that was made of one (``id`` is None)."""

    @property
    def id(self) -> str | None: ...
    @property
    def properties(self) -> Mapping[str, str]: ...


def disk_config(image: Described, asked: str | None) -> str:
    """AUTO or MANUAL: what was asked for, else what the image says; raises DiskConfigForbidden."""
    wanted = str(image.properties.get("auto_disk_config", "")).lower()
    if asked == "AUTO" and wanted == "disabled":
        raise exception.DiskConfigForbidden(image_id=image.id)
    return asked or ("AUTO" if wanted in ("true", "1", "yes", "on", "y", "t") else "MANUAL")


def kernel_of(backend: Backend, context: RequestContext, image: Described) -> tuple[str, str]:
    """Ids of the image's separate kernel and ramdisk, "" without them; raises Invalid for missing ones."""
    kernel = image.properties.get("kernel_id") or ""
    ramdisk = image.properties.get("ramdisk_id") or ""
    if kernel == _NO_KERNEL:
        return "", ""
    with named_in_body():
        for image_id in filter(None, (kernel, ramdisk)):
            backend.images.show(context, image_id)
    return kernel, ramdisk


def kept_properties(properties: Mapping[str, str | None]) -> dict[str, str | None]:
    """An image's properties as a server keeps them; kernel and ramdisk have columns of their own."""
    return {name: value for name, value in properties.items() if name not in ("kernel_id", "ramdisk_id")}


def key(backend: Backend, context: RequestContext, name: str | None) -> str | None:
    """The public key called ``name`` of the caller; raises KeypairInvalid."""
    if name is None:
        return None
    with backend.db.reader() as conn:
        found = keypairs.find(conn, str(context.user_id), name)
    if found is None:
        raise exception.KeypairInvalid(name=name, user_id=context.user_id)
    return found.public_key


def place(backend: Backend, order: Order) -> None:
    """The zone, host and node exist; raises ZoneUnavailable, Invalid.

    A host that an administrator has forced is left to the scheduler.
    """
    if order.is_forced:
        return
    with backend.db.reader() as conn:
        if order.zone is not None and not availability_zones.is_available(conn, backend.conf, order.zone):
            raise exception.ZoneUnavailable()
        if order.host is None and order.node is None:
            return
        known = nodes.list_nodes(conn)
    fits = [
        node
        for node in known
        if order.host in (None, node.host) and order.node in (None, node.hypervisor_hostname)
    ]
    if not fits:
        raise exception.Invalid(str(exception.HostNotFound(host=order.host or order.node)))


def networks(backend: Backend, context: RequestContext, order: Order) -> list[dict[str, Any]]:
    """The requests that ``Networks.allocate`` takes; raises Invalid, and Conflict for what is taken."""
    asked = order.networks
    if isinstance(asked, Sequence) and not isinstance(asked, str):
        for nic in asked:
            _check_nic(nic)
        # An empty list is no choice, like none at all.
        asked = asked or None
    with named_in_body():
        found = backend.networks.validate_requested(context, asked, order.max_count)
        if not order.port_resources:
            for nic in found:
                if nic["port_id"] and backend.networks.show_port(context, nic["port_id"]).resource_request:
                    raise exception.PortNeedsResources(port_id=nic["port_id"])
    return found


def fitting_ports(
    backend: Backend, context: RequestContext, order: Order, nics: Sequence[Mapping[str, Any]]
) -> int:
    """The most servers, up to ``order.max_count``, for which ``nics`` may all have a port.

    Raises QuotaExceeded when that is less than ``order.min_count``.  What the
    project's ports are counted against belongs to the network service, so this
    holds nothing: a build that comes too late for the last port ends in ERROR.
    """
    each = sum(nic["port_id"] is None for nic in nics)
    free = backend.networks.free_ports(context) if each else None
    if free is None:
        return order.max_count
    count = min(order.max_count, free // each)
    if count < order.min_count:
        raise exception.QuotaExceeded(
            f"Quota exceeded for ports: Requested {order.min_count * each}, but only {free} are left"
        )
    return count


def _check_nic(nic: Mapping[str, Any]) -> None:
    if nic.get("port"):
        if nic.get("fixed_ip"):
            raise exception.FixedIPWithPort(address=nic["fixed_ip"], port_id=nic["port"])
    elif not nic.get("uuid"):
        raise exception.Invalid("Bad networks format: an entry needs a uuid or a port; 'uuid' is missing.")


def security_groups(backend: Backend, context: RequestContext, names: Sequence[str]) -> list[str]:
    """Ids of the named groups, each once; none for the project's default one; raises Invalid, Conflict."""
    wanted = list(dict.fromkeys(names))
    if wanted in ([], ["default"]):
        return []
    with named_in_body():
        found = backend.networks.security_groups_by_name_or_id(context, wanted)
    return list(dict.fromkeys(group.id for group in found))


def scheduler_hints(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The hints as they are shown: those that may have several values as lists; raises Invalid.

    The server group among them is looked up where servers join it (``members``).
    """
    hints = {
        name: [value]
        if name in ("group", "same_host", "different_host") and isinstance(value, str)
        else value
        for name, value in asked.items()
    }
    host_query.parse(hints.get("query"))
    try:
        near_address.network_of(hints)
    except ValueError as error:
        raise exception.Invalid(f"The hints build_near_host_ip and cidr are no network: {error}.") from error
    return hints


class Amounts(Protocol):
    """What of a request is counted for the one server; ``files`` as in ``Order``."""

    @property
    def metadata(self) -> Mapping[str, str]: ...
    @property
    def files(self) -> Sequence[Mapping[str, str]]: ...


def amounts(limits: Mapping[str, int], order: Amounts) -> None:
    """Metadata and injected files are within the quotas of one server; raises QuotaExceeded."""
    _check_amount(limits, "metadata_items", len(order.metadata), "metadata items")
    _check_amount(limits, "injected_files", len(order.files), "injected files")
    for file in order.files:
        _check_amount(
            limits, "injected_file_path_bytes", len(file["path"]), "characters in an injected file's path"
        )
        _check_amount(
            limits,
            "injected_file_content_bytes",
            len(file["contents"]),
            "bytes of base64 text in an injected file",
        )


def _check_amount(limits: Mapping[str, int], resource: str, amount: int, what: str) -> None:
    limit = limits[resource]
    if limit != UNLIMITED and amount > limit:
        raise exception.QuotaExceeded(
            f"Quota exceeded for {resource}: {amount} {what} were given, the maximum is {limit}."
        )
