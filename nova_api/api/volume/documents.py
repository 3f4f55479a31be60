"""Version documents, extensions and availability zones of the volume API."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import operation
from nova_api.api.neighbour import ANY_QUERY, service_url
from nova_api.api.request import Request
from nova_api.api.volume.access import VolumeController

#: Microversions 3.x that are spoken; attachments, as servers use them, need 3.44.
LEAST = 0
MOST = 44

#: Alias, name, what it adds: only what really is here.
_EXTENSIONS = (
    ("OS-SCH-HNT", "SchedulerHints", "Hints of a create request, which are not followed"),
    ("os-availability-zone", "AvailabilityZones", "Availability zones of volumes"),
    ("os-extended-snapshot-attributes", "ExtendedSnapshotAttributes", "Project and progress of snapshots"),
    ("os-quota-sets", "Quotas", "Quotas of projects"),
    ("os-types-manage", "TypesManage", "Making and deleting volume types"),
    ("os-used-limits", "UsedLimits", "What a project uses, among its limits"),
    ("os-vol-image-meta", "VolumeImageMetadata", "The image that a volume was made from"),
    ("os-vol-mig-status-attr", "VolumeMigStatusAttribute", "Whether a volume is being migrated"),
    ("os-vol-tenant-attr", "VolumeTenantAttribute", "The project of a volume"),
    ("os-volume-actions", "VolumeActions", "Actions on volumes"),
)


class Documents(VolumeController):
    """``/``, ``/v3``, ``/v3/extensions``, ``/v3/os-availability-zone``."""

    @operation("GET", "/", status=300)
    def index(self, request: Request) -> dict[str, Any]:
        return {
            "versions": [
                {
                    "id": "v3.0",
                    "status": "CURRENT",
                    "version": f"3.{MOST}",
                    "min_version": f"3.{LEAST}",
                    "updated": "2026-01-01T00:00:00Z",
                    "links": [{"rel": "self", "href": f"{service_url(request)}/v3/"}],
                    "media-types": [
                        {
                            "base": "application/json",
                            "type": "application/vnd.openstack.volume+json;version=3",
                        }
                    ],
                }
            ]
        }

    @operation("GET", "/v3")
    def version(self, request: Request) -> dict[str, Any]:
        return self.index(request)

    @operation("GET", "/v3/extensions", query=ANY_QUERY)
    def extensions(self, request: Request) -> dict[str, Any]:
        del request
        return {
            "extensions": [
                {
                    "alias": alias,
                    "name": name,
                    "description": description,
                    "updated": "2026-01-01T00:00:00+00:00",
                    "links": [],
                }
                for alias, name, description in _EXTENSIONS
            ]
        }

    @operation("GET", "/v3/os-availability-zone", query=ANY_QUERY)
    def zones(self, request: Request) -> dict[str, Any]:
        del request
        name = self.backend.conf.default_availability_zone
        return {"availabilityZoneInfo": [{"zoneName": name, "zoneState": {"available": True}}]}
