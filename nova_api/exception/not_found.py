"""What is not there, for the one who asks."""

from __future__ import annotations

from nova_api.exception.base import NotFound


class ServerNotFound(NotFound):
    message = "Instance {server_id} could not be found."


class FlavorNotFound(NotFound):
    message = "Flavor {flavor_id} could not be found."


class FlavorExtraSpecNotFound(NotFound):
    message = "Flavor {flavor_id} has no extra specs with key {key}."


class FlavorAccessNotFound(NotFound):
    message = "Flavor access not found for {flavor_id} / {project_id} combination."


class KeypairNotFound(NotFound):
    message = "Keypair {name} not found for user {user_id}"


class ImageNotFound(NotFound):
    message = "Image {image_id} could not be found."


class NetworkNotFound(NotFound):
    message = "Network {network_id} could not be found."


class SubnetNotFound(NotFound):
    message = "Subnet {subnet_id} could not be found."


class PortNotFound(NotFound):
    message = "Port id {port_id} could not be found."


class SecurityGroupNotFound(NotFound):
    message = "Security group {security_group_id} not found."


class SecurityGroupRuleNotFound(NotFound):
    message = "Security group rule {rule_id} not found."


class FloatingIPNotFound(NotFound):
    message = "Floating IP {floating_ip_id} could not be found."


class PoolNotFound(NotFound):
    message = "Floating IP pool {pool} not found."


class PoolEmpty(NotFound):
    message = "No more floating IPs in pool {pool}."


class ActionNotFound(NotFound):
    message = "Action for request_id {request_id} on instance {server_id} not found."


class MarkerNotFound(NotFound):
    message = "Marker {marker} could not be found."


class HostNotFound(NotFound):
    message = "Compute host {host} could not be found."


class ServiceNotFound(NotFound):
    message = "Service {service} could not be found."


class HypervisorNotFound(NotFound):
    message = "No hypervisor matching '{hypervisor}' could be found."


class ServerGroupNotFound(NotFound):
    message = "Instance group {group_id} could not be found."


class AggregateNotFound(NotFound):
    message = "Aggregate {aggregate_id} could not be found."


class AggregateHostNotFound(NotFound):
    message = "Aggregate {aggregate_id} has no host {host}."


class ProjectNotFound(NotFound):
    message = "Project {project_id} could not be found."


class UserNotFound(NotFound):
    message = "User {user_id} could not be found."


class RoleNotFound(NotFound):
    message = "Role {role_id} could not be found."


class ImageMemberNotFound(NotFound):
    message = "Project {project_id} is not a member of image {image_id}."


class ImageDataNotFound(NotFound):
    message = "Image {image_id} has no data."


class VolumeNotFound(NotFound):
    message = "Volume {volume_id} could not be found."


class SnapshotNotFound(NotFound):
    message = "Snapshot {snapshot_id} could not be found."


class VolumeTypeNotFound(NotFound):
    message = "Volume type {volume_type} could not be found."


class AttachmentNotFound(NotFound):
    message = "Volume attachment {attachment_id} could not be found."


class VolumeNotAttached(NotFound):
    message = "Volume {volume_id} is not attached to instance {server_id}."


class RouterNotFound(NotFound):
    message = "Router {router_id} could not be found."


class MetadataNotFound(NotFound):
    message = "Instance {server_id} has no metadata with key {key}."


class TagNotFound(NotFound):
    message = "Instance {server_id} has no tag '{tag}'."


class NetworkTagNotFound(NotFound):
    message = "Tag '{tag}' could not be found."


class FixedIPNotFound(NotFound):
    message = "Instance {server_id} has no fixed IP {address}."


class SecurityGroupNotOfServer(NotFound):
    message = "Security group {security_group_id} is on no port of instance {server_id}."


class InterfaceNotFound(NotFound):
    message = "Port {port_id} is not attached to instance {server_id}."


class ServerNotOnHost(NotFound):
    message = "Instance {server_id} could not be found on compute host {host}."


class ConsoleTokenNotFound(NotFound):
    message = "The console token could not be found: it is unknown or has expired."


class ShareNotFound(NotFound):
    message = "Share {share_id} could not be found."


class QuotaNotFound(NotFound):
    message = "No quota of project {project_id} is set: it could not be found."
