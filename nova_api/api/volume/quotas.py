"""Limits and quotas of the volume API: nothing is limited, and what is used is counted."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import operation
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.request import Request
from nova_api.api.volume.access import VolumeController, is_true

_UNLIMITED = -1
_QUOTAS = (
    "volumes",
    "snapshots",
    "gigabytes",
    "per_volume_gigabytes",
    "backups",
    "backup_gigabytes",
    "groups",
)


class Quotas(VolumeController):
    """``/v3/limits`` and ``/v3/os-quota-sets/{project}``."""

    @operation("GET", "/v3/limits", query=ANY_QUERY)
    def limits(self, request: Request) -> dict[str, Any]:
        project = str(request.context.project_id)
        asked = request.arg("project_id")
        if asked and asked != project:
            self._check(request, asked)
            project = asked
        used = self.service.usage_of(project)
        absolute = {
            "maxTotalVolumes": _UNLIMITED,
            "maxTotalSnapshots": _UNLIMITED,
            "maxTotalVolumeGigabytes": _UNLIMITED,
            "maxTotalBackups": _UNLIMITED,
            "maxTotalBackupGigabytes": _UNLIMITED,
            "totalVolumesUsed": used["volumes"],
            "totalSnapshotsUsed": used["snapshots"],
            "totalGigabytesUsed": used["gigabytes"],
            "totalBackupsUsed": 0,
            "totalBackupGigabytesUsed": 0,
        }
        return {"limits": {"rate": [], "absolute": absolute}}

    @operation("GET", "/v3/os-quota-sets/{project}", query=ANY_QUERY, errors=(403,))
    def quota(self, request: Request, project: str) -> dict[str, Any]:
        self._check(request, project)
        if not is_true(request.arg("usage")):
            return {"quota_set": {"id": project, **dict.fromkeys(_QUOTAS, _UNLIMITED)}}
        used = self.service.usage_of(project)
        detail = {
            name: {"limit": _UNLIMITED, "in_use": used.get(name, 0), "reserved": 0, "allocated": 0}
            for name in _QUOTAS
        }
        return {"quota_set": {"id": project, **detail}}

    @operation("GET", "/v3/os-quota-sets/{project}/defaults", query=ANY_QUERY, errors=(403,))
    def defaults(self, request: Request, project: str) -> dict[str, Any]:
        self._check(request, project)
        return {"quota_set": {"id": project, **dict.fromkeys(_QUOTAS, _UNLIMITED)}}

    @staticmethod
    def _check(request: Request, project: str) -> None:
        if project != request.context.project_id and not request.context.is_admin:
            raise exception.Forbidden("Only administrators see the quotas of other projects.")
