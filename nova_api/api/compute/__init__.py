"""The resources of the compute API. A new one is one file and one line in ``RESOURCES``."""

from __future__ import annotations

from nova_api.api.compute.availability_zones import AvailabilityZonesController
from nova_api.api.compute.extensions import ExtensionsController
from nova_api.api.compute.flavor_access import FlavorAccessController
from nova_api.api.compute.flavor_extra_specs import FlavorExtraSpecsController
from nova_api.api.compute.flavors import FlavorsController
from nova_api.api.compute.image_metadata import ImageMetadataController
from nova_api.api.compute.images import ImagesController
from nova_api.api.compute.instance_actions import InstanceActionsController
from nova_api.api.compute.keypairs import KeypairsController
from nova_api.api.compute.limits import LimitsController
from nova_api.api.compute.removed import RemovedController
from nova_api.api.compute.servers import CONTROLLERS as SERVERS
from nova_api.api.compute.unbuilt import UnbuiltController
from nova_api.api.controller import Controller
from nova_api.api.versions import VersionsController

RESOURCES: tuple[type[Controller], ...] = (
    VersionsController,
    ExtensionsController,
    FlavorsController,
    FlavorExtraSpecsController,
    FlavorAccessController,
    KeypairsController,
    ImagesController,
    ImageMetadataController,
    LimitsController,
    AvailabilityZonesController,
    *SERVERS,
    InstanceActionsController,
    RemovedController,
    UnbuiltController,
)
