"""Servers: one controller a group of operations."""

from __future__ import annotations

from nova_api.api.compute.servers.create import CreateController
from nova_api.api.compute.servers.delete import DeleteController
from nova_api.api.compute.servers.power import PowerController
from nova_api.api.compute.servers.read import ServersReadController
from nova_api.api.compute.servers.update import ServersUpdateController
from nova_api.api.controller import Controller

CONTROLLERS: tuple[type[Controller], ...] = (
    ServersReadController,
    CreateController,
    ServersUpdateController,
    DeleteController,
    PowerController,
)
