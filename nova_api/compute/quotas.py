"""The limits of projects and of their users: those of the options, unless an administrator has set others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.db import keypairs, quota_limits, quotas, server_groups

if TYPE_CHECKING:
    from oslo_config import cfg

    from nova_api.backend import Backend

#: Resources that are limited, by the names of the ``[quota]`` options and of ``os-quota-sets``.
RESOURCES = (
    "instances",
    "cores",
    "ram",
    "metadata_items",
    "injected_files",
    "injected_file_content_bytes",
    "injected_file_path_bytes",
    "key_pairs",
    "server_groups",
    "server_group_members",
)

UNLIMITED = -1
#: The class whose limits are the defaults of all projects; other classes are kept, and mean nothing.
DEFAULT_CLASS = "default"
_NAME_LENGTH = 255


def is_noop(conf: cfg.ConfigOpts) -> bool:
    """Whether nothing is limited, nor counted (``[quota] driver``)."""
    return str(conf.quota.driver) in ("noop", "nova.quota.NoopQuotaDriver")


def limits_of(backend: Backend, project_id: str | None, user_id: str | None = None) -> dict[str, int]:
    """The project's limit of each of ``RESOURCES``, or that of a user in it; -1 is none."""
    return limits_of_both(backend, project_id, user_id)[1]


def limits_of_both(
    backend: Backend, project_id: str | None, user_id: str | None
) -> tuple[dict[str, int], dict[str, int]]:
    """(the project's limits, those of the user in it); the user has the project's where none are set."""
    if is_noop(backend.conf):
        return _unlimited(), _unlimited()
    with backend.db.reader() as conn:
        return _both(conn, backend.conf, project_id, user_id)


def _unlimited() -> dict[str, int]:
    return dict.fromkeys(RESOURCES, UNLIMITED)


def _both(
    conn: Connection, conf: cfg.ConfigOpts, project_id: str | None, user_id: str | None
) -> tuple[dict[str, int], dict[str, int]]:
    of_all, project, own = quota_limits.of_project(conn, DEFAULT_CLASS, project_id or "", user_id)
    whole = _options(conf) | of_all | project
    return whole, whole | own


# --- what is used -------------------------------------------------------------------


def used_of(backend: Backend, project_id: str, user_id: str | None = None) -> dict[str, int]:
    """What the project (or a user in it) uses; 0 for resources that are counted for each server or group."""
    if is_noop(backend.conf):
        return _unlimited()
    with backend.db.reader() as conn:
        return _used(conn, project_id, user_id)


def _used(conn: Connection, project_id: str, user_id: str | None) -> dict[str, int]:
    used = dict.fromkeys(RESOURCES, 0) | quotas.usage_of(conn, project_id, user_id)._asdict()
    used["server_groups"] = server_groups.count(conn, project_id, user_id)
    # Key pairs belong to users, whatever the project: a project as a whole has none.
    used["key_pairs"] = 0 if user_id is None else keypairs.count(conn, user_id)
    return used


# --- setting limits -------------------------------------------------------------------


def set_limits(
    backend: Backend, project_id: str, user_id: str | None, limits: Mapping[str, int], *, force: bool
) -> dict[str, int]:
    """Sets limits of a project or of a user in it; all its limits afterwards.

    Raises QuotaOutOfRange for one that is less than what is used (or given to
    the project's users), or, of a user, more than the project has left; with
    ``force`` anything goes.
    """
    _check_names(project_id, user_id or "-")
    if is_noop(backend.conf):
        return _unlimited()

    def attempt() -> dict[str, int]:
        with backend.db.writer() as conn:
            quotas.lock(conn, project_id)
            if not force:
                _check_range(conn, backend.conf, project_id, user_id, limits)
            quota_limits.set_limits(conn, project_id, user_id, limits)
            return _both(conn, backend.conf, project_id, user_id)[1]

    return backend.db.retrying(attempt)


def _check_range(
    conn: Connection,
    conf: cfg.ConfigOpts,
    project_id: str,
    user_id: str | None,
    limits: Mapping[str, int],
) -> None:
    whole = _both(conn, conf, project_id, None)[0]
    used = _used(conn, project_id, user_id)
    given = quota_limits.given_to_users(conn, project_id, but=user_id)
    for resource, limit in limits.items():
        least, most = used[resource], UNLIMITED
        if user_id is None:
            least = max(least, given.get(resource, 0))
        elif whole[resource] != UNLIMITED:
            most = max(whole[resource] - given.get(resource, 0), 0)
        if limit != UNLIMITED and limit < least:
            raise exception.QuotaOutOfRange(
                f"Quota limit {limit} for {resource} must be greater than or equal to already used "
                f"and reserved {least}."
            )
        if most != UNLIMITED and (limit == UNLIMITED or limit > most):
            raise exception.QuotaOutOfRange(
                f"Quota limit {limit} for {resource} must be less than or equal to {most}."
            )


def forget(backend: Backend, project_id: str, user_id: str | None = None) -> None:
    """Goes back to the defaults: a user in a project, or the project with all its users."""
    with backend.db.writer() as conn:
        quota_limits.forget(conn, project_id, user_id)


# --- classes ------------------------------------------------------------------------------


def class_limits(backend: Backend, class_name: str) -> dict[str, int]:
    """The limits of a class: of the options where none are set."""
    if is_noop(backend.conf):
        return _unlimited()
    with backend.db.reader() as conn:
        return _class_limits(conn, backend.conf, class_name)


def _class_limits(conn: Connection, conf: cfg.ConfigOpts, class_name: str) -> dict[str, int]:
    return _options(conf) | quota_limits.of_class(conn, class_name)


def _options(conf: cfg.ConfigOpts) -> dict[str, int]:
    group = conf.quota
    return {name: int(group[name]) for name in RESOURCES}


def set_class_limits(backend: Backend, class_name: str, limits: Mapping[str, int]) -> dict[str, int]:
    """Sets limits of a class; all its limits afterwards."""
    _check_names(class_name)
    if is_noop(backend.conf):
        return _unlimited()

    def attempt() -> dict[str, int]:
        with backend.db.writer() as conn:
            quotas.lock(conn, f"class:{class_name}")
            quota_limits.set_class(conn, class_name, limits)
            return _class_limits(conn, backend.conf, class_name)

    return backend.db.retrying(attempt)


def _check_names(*names: str) -> None:
    for name in names:
        if len(name) > _NAME_LENGTH:
            raise exception.Invalid(f"A name has at most {_NAME_LENGTH} characters, {name[:20]!r}… has more.")
