"""The resources of the compute API. A new one is one file and one line in ``RESOURCES``."""

from __future__ import annotations

from nova_api.api.compute.aggregates import AggregatesController
from nova_api.api.compute.assisted_volume_snapshots import AssistedVolumeSnapshotsController
from nova_api.api.compute.availability_zones import AvailabilityZonesController
from nova_api.api.compute.baremetal_nodes import BaremetalNodesController
from nova_api.api.compute.console_auth_tokens import ConsoleAuthTokensController
from nova_api.api.compute.diagnostics import DiagnosticsController
from nova_api.api.compute.extensions import ExtensionsController
from nova_api.api.compute.external_events import ExternalEventsController
from nova_api.api.compute.flavor_access import FlavorAccessController
from nova_api.api.compute.flavor_extra_specs import FlavorExtraSpecsController
from nova_api.api.compute.flavors import FlavorsController
from nova_api.api.compute.floating_ip_pools import FloatingIpPoolsController
from nova_api.api.compute.floating_ips import FloatingIpsController
from nova_api.api.compute.hosts import HostsController
from nova_api.api.compute.hypervisors import HypervisorsController
from nova_api.api.compute.image_metadata import ImageMetadataController
from nova_api.api.compute.images import ImagesController
from nova_api.api.compute.instance_actions import InstanceActionsController
from nova_api.api.compute.instance_usage_audit_log import InstanceUsageAuditLogController
from nova_api.api.compute.keypairs import KeypairsController
from nova_api.api.compute.limits import LimitsController
from nova_api.api.compute.migrations import MigrationsController
from nova_api.api.compute.networks import NetworksController
from nova_api.api.compute.quota_classes import QuotaClassesController
from nova_api.api.compute.quota_sets import QuotaSetsController
from nova_api.api.compute.remote_consoles import RemoteConsolesController
from nova_api.api.compute.removed import RemovedController
from nova_api.api.compute.security_group_rules import SecurityGroupRulesController
from nova_api.api.compute.security_groups import SecurityGroupsController
from nova_api.api.compute.server_groups import ServerGroupsController
from nova_api.api.compute.server_interfaces import ServerInterfacesController
from nova_api.api.compute.server_ips import ServerIpsController
from nova_api.api.compute.server_metadata import ServerMetadataController
from nova_api.api.compute.server_migrations import ServerMigrationsController
from nova_api.api.compute.server_password import ServerPasswordController
from nova_api.api.compute.server_security_groups import ServerSecurityGroupsController
from nova_api.api.compute.server_shares import ServerSharesController
from nova_api.api.compute.server_tags import ServerTagsController
from nova_api.api.compute.servers import CONTROLLERS as SERVERS
from nova_api.api.compute.services import ServicesController
from nova_api.api.compute.simple_tenant_usage import SimpleTenantUsageController
from nova_api.api.compute.tenant_networks import TenantNetworksController
from nova_api.api.compute.topology import TopologyController
from nova_api.api.compute.volume_attachments import VolumeAttachmentsController
from nova_api.api.compute.volumes import VolumesController, VolumeSnapshotsController
from nova_api.api.compute.volumes_boot import CONTROLLERS as VOLUMES_BOOT
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
    AggregatesController,
    ServerGroupsController,
    ServicesController,
    HypervisorsController,
    HostsController,
    SimpleTenantUsageController,
    InstanceUsageAuditLogController,
    QuotaSetsController,
    QuotaClassesController,
    *SERVERS,
    *VOLUMES_BOOT,
    InstanceActionsController,
    VolumeAttachmentsController,
    AssistedVolumeSnapshotsController,
    VolumesController,
    VolumeSnapshotsController,
    ConsoleAuthTokensController,
    DiagnosticsController,
    ExternalEventsController,
    RemoteConsolesController,
    ServerInterfacesController,
    ServerIpsController,
    ServerMetadataController,
    ServerPasswordController,
    ServerSecurityGroupsController,
    ServerSharesController,
    ServerTagsController,
    TopologyController,
    MigrationsController,
    ServerMigrationsController,
    NetworksController,
    TenantNetworksController,
    FloatingIpsController,
    FloatingIpPoolsController,
    SecurityGroupsController,
    SecurityGroupRulesController,
    BaremetalNodesController,
    RemovedController,
)
