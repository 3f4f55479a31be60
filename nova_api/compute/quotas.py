"""The limits of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def limits_of(backend: Backend, project_id: str | None) -> dict[str, int]:
    """The project's limit of each of ``RESOURCES``; -1 is none.

    All projects have the limits of the options: nothing sets others yet.
    """
    del project_id
    return {name: int(backend.conf.quota[name]) for name in RESOURCES}
