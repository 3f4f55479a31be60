"""Limits and quotas of the volume API: what a project may have, and what it has."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import Object, Param, operation, wrap
from nova_api.api.declare.types import MAX_INT
from nova_api.api.neighbour import ANY_QUERY, check_changes_quotas, check_sees_quotas
from nova_api.api.request import Request
from nova_api.api.volume.access import TEXT, VolumeController, is_true
from nova_api.neighbours.quotas import UNLIMITED, VOLUME

#: Numbers also come as text.
_LIMIT = {
    "type": ["integer", "string"],
    "pattern": "^(-1|[0-9]{1,9})$",
    "minimum": UNLIMITED,
    "maximum": MAX_INT,
}
_UPDATE = wrap(
    "quota_set",
    Object(
        *(Param(name, _LIMIT) for name in VOLUME.resources),
        Param("tenant_id", TEXT),
        Param("project_id", TEXT),
    ),
)


class Quotas(VolumeController):
    """``/v3/limits`` and ``/v3/os-quota-sets/{project}``."""

    @operation("GET", "/v3/limits", query=ANY_QUERY)
    def limits(self, request: Request) -> dict[str, Any]:
        project = str(request.context.project_id)
        asked = request.arg("project_id")
        if asked and asked != project:
            check_sees_quotas(request, asked)
            project = asked
        used = VOLUME.used_of(self.backend.db, project)
        most = VOLUME.limits(self.backend.db, project)
        absolute = {
            "maxTotalVolumes": most["volumes"],
            "maxTotalSnapshots": most["snapshots"],
            "maxTotalVolumeGigabytes": most["gigabytes"],
            "maxTotalBackups": most["backups"],
            "maxTotalBackupGigabytes": most["backup_gigabytes"],
            "totalVolumesUsed": used["volumes"],
            "totalSnapshotsUsed": used["snapshots"],
            "totalGigabytesUsed": used["gigabytes"],
            "totalBackupsUsed": used["backups"],
            "totalBackupGigabytesUsed": used["backup_gigabytes"],
        }
        return {"limits": {"rate": [], "absolute": absolute}}

    @operation("GET", "/v3/os-quota-sets/{project}", query=ANY_QUERY, errors=(403,))
    def show(self, request: Request, project: str) -> dict[str, Any]:
        check_sees_quotas(request, project)
        limits = VOLUME.limits(self.backend.db, project)
        if not is_true(request.arg("usage")):
            return {"quota_set": {"id": project, **limits}}
        used = VOLUME.used_of(self.backend.db, project)
        detail = {
            name: {"limit": limit, "in_use": used[name], "reserved": 0, "allocated": 0}
            for name, limit in limits.items()
        }
        return {"quota_set": {"id": project, **detail}}

    @operation("GET", "/v3/os-quota-sets/{project}/defaults", query=ANY_QUERY, errors=(403,))
    def defaults(self, request: Request, project: str) -> dict[str, Any]:
        check_sees_quotas(request, project)
        return {"quota_set": {"id": project, **VOLUME.defaults()}}

    @operation("PUT", "/v3/os-quota-sets/{project}", query=ANY_QUERY, body=_UPDATE, errors=(400, 403))
    def update(self, request: Request, project: str) -> dict[str, Any]:
        """A limit may be less than what the project has: then nothing more is made."""
        check_changes_quotas(request)
        asked = request.data["quota_set"]
        limits = {name: int(asked[name]) for name in VOLUME.resources if name in asked}
        return {"quota_set": VOLUME.set(self.backend.db, project, limits)}

    @operation("DELETE", "/v3/os-quota-sets/{project}", query=ANY_QUERY, errors=(403,))
    def delete(self, request: Request, project: str) -> None:
        check_changes_quotas(request)
        VOLUME.forget(self.backend.db, project)
