"""``/os-volumes_boot`` (to 2.102): an old name of ``/servers``, with the servers' own operations."""

from __future__ import annotations

from nova_api.api.compute.servers.actions.crash_dump import CrashDumpController
from nova_api.api.compute.servers.actions.create_image import CreateImageController
from nova_api.api.compute.servers.actions.rebuild import RebuildController
from nova_api.api.compute.servers.actions.resize import ResizeController
from nova_api.api.compute.servers.create import CreateController
from nova_api.api.compute.servers.delete import DeleteController
from nova_api.api.compute.servers.power import PowerController
from nova_api.api.compute.servers.read import ServersReadController
from nova_api.api.compute.servers.update import ServersUpdateController
from nova_api.api.controller import Controller
from nova_api.api.declare import under_another_name

#: The controllers whose operations have that name too; other actions never had.
_SERVERS: tuple[type[Controller], ...] = (
    ServersReadController,
    CreateController,
    ServersUpdateController,
    DeleteController,
    PowerController,
    CrashDumpController,
    CreateImageController,
    RebuildController,
    ResizeController,
)

CONTROLLERS: tuple[type[Controller], ...] = tuple(
    under_another_name(controller, "/servers", "/os-volumes_boot", until="2.102") for controller in _SERVERS
)
