"""Flavors: what there is to choose from, who sees which, and how administrators change that."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nova_api import exception
from nova_api.compute import extra_specs
from nova_api.context import RequestContext
from nova_api.db import flavors as statements
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.flavors import Flavor, FlavorFilter

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from nova_api.backend import Backend

#: The largest that a column of single precision holds.
MAX_RXTX_FACTOR = 3.40282e38


@dataclasses.dataclass(frozen=True)
class NewFlavor:
    """What an administrator says of a new flavor: MiB, GiB; ``flavorid`` of None is made up."""

    name: str
    memory_mb: int
    vcpus: int
    root_gb: int
    ephemeral_gb: int = 0
    swap: int = 0
    rxtx_factor: float = 1.0
    is_public: bool = True
    description: str | None = None
    flavorid: str | None = None


# --- reading ----------------------------------------------------------------------


def get(backend: Backend, context: RequestContext, flavorid: str) -> Flavor:
    """The flavor as ``context`` may see it: public, given to its project, or any for an administrator.

    Raises FlavorNotFound.
    """
    with backend.db.reader() as conn:
        return _visible(conn, context, flavorid)


def _visible(conn: Connection, context: RequestContext, flavorid: str) -> Flavor:
    found = statements.find(conn, flavorid, context.project_id, everything=bool(context.is_admin))
    if found is None:
        raise exception.FlavorNotFound(flavor_id=flavorid)
    return found


def page(
    backend: Backend,
    context: RequestContext,
    wanted: FlavorFilter,
    sort_key: str,
    descending: bool,
    limit: int,
    marker: str | None,
    alone: bool = False,
) -> list[Flavor]:
    """At most ``limit`` flavors after the one that users call ``marker``; raises MarkerInvalid.

    ``alone``: nothing else is read that has to be of the same moment.
    """
    with backend.db.statement() if alone and marker is None else backend.db.reader() as conn:
        start = None
        if marker is not None:
            start = statements.find(conn, marker, context.project_id, everything=bool(context.is_admin))
            if start is None:
                raise exception.MarkerInvalid(marker=marker)
        return statements.find_page(conn, wanted, sort_key, descending, limit, start)


def extra_specs_of(backend: Backend, flavors: list[Flavor]) -> dict[int, dict[str, str]]:
    """The extra specs of each of ``flavors``, by ``Flavor.id``."""
    with backend.db.reader() as conn:
        return statements.extra_specs_of(conn, [flavor.id for flavor in flavors])


# --- managing ---------------------------------------------------------------------


def create(backend: Backend, new: NewFlavor) -> Flavor:
    """Raises FlavorExists for a name or id that is taken, Invalid for a factor out of range."""
    if not 0 < new.rxtx_factor <= MAX_RXTX_FACTOR:
        raise exception.Invalid(f"rxtx_factor must be greater than 0 and at most {MAX_RXTX_FACTOR}.")
    flavorid = new.flavorid or str(uuid.uuid4())
    values = dataclasses.asdict(new) | {"flavorid": flavorid}
    try:
        with backend.db.writer() as conn:
            statements.insert(conn, values)
    except DUPLICATE_ERRORS:
        with backend.db.reader() as conn:
            by_name = statements.exists(conn, name=new.name)
        what, value = ("name", new.name) if by_name else ("ID", flavorid)
        raise exception.FlavorExists(what=what, value=value) from None
    with backend.db.reader() as conn:
        made = statements.find(conn, flavorid, everything=True)
    if made is None:  # another administrator was very quick
        raise exception.FlavorNotFound(flavor_id=flavorid)
    return made


def describe(backend: Backend, context: RequestContext, flavorid: str, description: str | None) -> Flavor:
    """Changes the description; raises FlavorNotFound."""
    with backend.db.writer() as conn:
        statements.set_description(conn, _visible(conn, context, flavorid).id, description)
        return _visible(conn, context, flavorid)


def delete(backend: Backend, context: RequestContext, flavorid: str) -> None:
    """Servers keep their copy of it; raises FlavorNotFound."""
    with backend.db.writer() as conn:
        if not statements.delete(conn, _visible(conn, context, flavorid).id):
            raise exception.FlavorNotFound(flavor_id=flavorid)


# --- extra specs --------------------------------------------------------------------


def get_extra_specs(backend: Backend, context: RequestContext, flavorid: str) -> dict[str, str]:
    """Raises FlavorNotFound."""
    with backend.db.reader() as conn:
        flavor = _visible(conn, context, flavorid)
        return statements.extra_specs_of(conn, [flavor.id])[flavor.id]


def get_extra_spec(backend: Backend, context: RequestContext, flavorid: str, key: str) -> str:
    """Raises FlavorNotFound, FlavorExtraSpecNotFound."""
    specs = get_extra_specs(backend, context, flavorid)
    if key not in specs:
        raise exception.FlavorExtraSpecNotFound(flavor_id=flavorid, key=key)
    return specs[key]


def set_extra_specs(
    backend: Backend,
    context: RequestContext,
    flavorid: str,
    specs: Mapping[str, str | float],
    validate: bool,
) -> None:
    """Adds or changes extra specs; numbers are kept as text.

    :param validate: whether keys and values of the known namespaces are checked
    Raises Invalid, FlavorNotFound.
    """
    texts = {key: str(value) for key, value in specs.items()}
    if validate:
        for key, value in texts.items():
            extra_specs.check(key, value)
    with backend.db.writer() as conn:
        statements.set_extra_specs(conn, _visible(conn, context, flavorid).id, texts)


def delete_extra_spec(backend: Backend, context: RequestContext, flavorid: str, key: str) -> None:
    """Raises FlavorNotFound, FlavorExtraSpecNotFound."""
    with backend.db.writer() as conn:
        if not statements.delete_extra_spec(conn, _visible(conn, context, flavorid).id, key):
            raise exception.FlavorExtraSpecNotFound(flavor_id=flavorid, key=key)


# --- access -------------------------------------------------------------------------


def projects_with_access(backend: Backend, context: RequestContext, flavorid: str) -> list[str]:
    """The projects that a private flavor was given to; raises FlavorNotFound, NotFound for a public one."""
    with backend.db.reader() as conn:
        flavor = _visible(conn, context, flavorid)
        if flavor.is_public:
            raise exception.NotFound(f"Flavor {flavorid} is public: there is no access list of it.")
        return statements.projects_of(conn, flavor.id)


def give_access(
    backend: Backend, context: RequestContext, flavorid: str, project_id: str, private_only: bool
) -> list[str]:
    """Gives a project the flavor; the projects that have it then.

    :param private_only: whether a public flavor, which everybody has, is refused
    Raises FlavorNotFound, Conflict for a public one, FlavorAccessExists.
    """
    try:
        with backend.db.writer() as conn:
            flavor = _visible(conn, context, flavorid)
            if private_only and flavor.is_public:
                raise exception.Conflict(f"Flavor {flavorid} is public: everybody has access to it already.")
            statements.add_project(conn, flavor.id, project_id)
            return statements.projects_of(conn, flavor.id)
    except DUPLICATE_ERRORS:
        raise exception.FlavorAccessExists(flavor_id=flavorid, project_id=project_id) from None


def take_access(backend: Backend, context: RequestContext, flavorid: str, project_id: str) -> list[str]:
    """Takes the flavor from a project; the projects that have it then.

    Raises FlavorNotFound, FlavorAccessNotFound.
    """
    with backend.db.writer() as conn:
        flavor = _visible(conn, context, flavorid)
        if not statements.remove_project(conn, flavor.id, project_id):
            raise exception.FlavorAccessNotFound(flavor_id=flavorid, project_id=project_id)
        return statements.projects_of(conn, flavor.id)
