"""The router of the volume API, with its own range of microversions."""

from __future__ import annotations

import re
from typing import ClassVar

import webob

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.neighbour import NeighbourRouter
from nova_api.api.request import Request
from nova_api.api.volume.actions import VolumeActions
from nova_api.api.volume.attachments import Attachments
from nova_api.api.volume.backups import Backups
from nova_api.api.volume.documents import LEAST, MOST, Documents
from nova_api.api.volume.metadata import Metadata
from nova_api.api.volume.quotas import Quotas
from nova_api.api.volume.snapshots import Snapshots
from nova_api.api.volume.types import Types
from nova_api.api.volume.volumes import Volumes
from nova_api.context import ENVIRON_KEY

_HEADER = "OpenStack-API-Version"
_VERSION = re.compile(r"3\.(0|[1-9][0-9]{0,3})")


class VolumeRouter(NeighbourRouter):
    """Behind the filter that says who asks.

    Its versions differ in what can be asked for, not in how it is answered:
    so the version asked for is checked and said, and changes nothing else.
    """

    CONTROLLERS: ClassVar[tuple[type[Controller], ...]] = (
        Documents,
        Volumes,
        VolumeActions,
        Metadata,
        Snapshots,
        Types,
        Attachments,
        Backups,
        Quotas,
    )

    def path_of(self, request: Request) -> str:
        """The path without the caller's project, which many clients put behind the version."""
        path = super().path_of(request)
        context = request.environ.get(ENVIRON_KEY)
        project = getattr(context, "project_id", None)
        if project and (path + "/").startswith(f"/v3/{project}/"):
            return "/v3" + path[len(f"/v3/{project}") :]
        return path

    def error_response(self, request: Request, error: Exception) -> webob.Response | None:
        if isinstance(error, exception.OverQuota):
            # Forbidden to the compute API; too large to this one, and at once free to be asked for again.
            return self.fault_response(413, str(error), 0)
        return super().error_response(request, error)

    def respond(self, request: Request) -> webob.Response:
        asked = _asked(request)
        if asked is None:
            asked = f"3.{LEAST}"
        elif asked == "latest":
            asked = f"3.{MOST}"
        else:
            found = _VERSION.fullmatch(asked)
            if found is None or not LEAST <= int(found[1]) <= MOST:
                return self.fault_response(
                    406 if found else 400,
                    f"Version {asked} is not supported by the API. "
                    f"Minimum is 3.{LEAST} and maximum is 3.{MOST}.",
                )
        response = super().respond(request)
        response.headers[_HEADER] = f"volume {asked}"
        response.headers.add("Vary", _HEADER)
        return response


def _asked(request: Request) -> str | None:
    """The version that the header asks for."""
    for entry in request.headers.get(_HEADER, "").split(","):
        service, _, version = entry.strip().partition(" ")
        if service in ("volume", "block-storage") and version.strip():
            return str(version.strip())
    return None
