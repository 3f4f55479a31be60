"""Servers: one controller a group of operations."""

from __future__ import annotations

from nova_api.api.compute.servers.actions.addresses import AddressActionsController
from nova_api.api.compute.servers.actions.console_output import ConsoleOutputController
from nova_api.api.compute.servers.actions.consoles import ConsoleActionsController
from nova_api.api.compute.servers.actions.crash_dump import CrashDumpController
from nova_api.api.compute.servers.actions.create_backup import CreateBackupController
from nova_api.api.compute.servers.actions.create_image import CreateImageController
from nova_api.api.compute.servers.actions.deferred_delete import DeferredDeleteController
from nova_api.api.compute.servers.actions.evacuate import EvacuateController
from nova_api.api.compute.servers.actions.live_migrate import LiveMigrateController
from nova_api.api.compute.servers.actions.lock import LockController
from nova_api.api.compute.servers.actions.migrate import MigrateController
from nova_api.api.compute.servers.actions.network_info import NetworkInfoController
from nova_api.api.compute.servers.actions.password import PasswordController
from nova_api.api.compute.servers.actions.pause import PauseController
from nova_api.api.compute.servers.actions.rebuild import RebuildController
from nova_api.api.compute.servers.actions.rescue import RescueController
from nova_api.api.compute.servers.actions.reset_state import ResetStateController
from nova_api.api.compute.servers.actions.resize import ResizeController
from nova_api.api.compute.servers.actions.security_groups import SecurityGroupActionsController
from nova_api.api.compute.servers.actions.shelve import ShelveController
from nova_api.api.compute.servers.actions.suspend import SuspendController
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
    DeferredDeleteController,
    RescueController,
    CrashDumpController,
    LockController,
    NetworkInfoController,
    PasswordController,
    PauseController,
    ResetStateController,
    SuspendController,
    CreateImageController,
    CreateBackupController,
    RebuildController,
    ShelveController,
    ResizeController,
    MigrateController,
    LiveMigrateController,
    EvacuateController,
    AddressActionsController,
    ConsoleOutputController,
    ConsoleActionsController,
    SecurityGroupActionsController,
)
