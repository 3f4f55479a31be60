"""What cannot be done in the present state."""

from __future__ import annotations

from nova_api.exception.base import Conflict


class FlavorExists(Conflict):
    message = "Flavor with {what} {value} already exists."


class FlavorAccessExists(Conflict):
    message = "Flavor access already exists for flavor {flavor_id} and project {project_id} combination."


class KeypairExists(Conflict):
    message = "Key pair '{name}' already exists."


class AggregateExists(Conflict):
    message = "Aggregate {name} already exists."


class AggregateHostExists(Conflict):
    message = "Aggregate {aggregate_id} already has host {host}."


class AggregateHostInUse(Conflict):
    message = "Cannot {operation} host {host} of aggregate {aggregate_id}. Reason: {reason}"


class ServiceInUse(Conflict):
    message = "Unable to delete compute service {service} of host {host}: {reason}"


class ServerNameExists(Conflict):
    message = "An instance named {name} already exists."


class ServerInvalidState(Conflict):
    """Wrong vm_state or task_state; ``attribute`` is which, ``state`` its value (states.md)."""

    message = "Cannot '{operation}' instance {server_id} while it is in {attribute} {state}"


class ServerNotLaunched(Conflict):
    message = "Instance {server_id} is not ready: it cannot '{operation}' in its present state."


class ServerLocked(Conflict):
    message = "Instance {server_id} is locked"


class ServerNotReady(Conflict):
    message = "Instance {server_id} is not ready: it has no host yet."


class ServerZoneConflict(Conflict):
    message = "Instance {server_id} is in availability zone {current!r} and cannot be pinned to {wanted!r}."


class UnshelvePlaceConflict(Conflict):
    message = (
        "Cannot 'unshelve' instance {server_id} to a zone or host of choice while it is in vm_state {state}: "
        "it is still on its host."
    )


class UnshelveHostNotInZone(Conflict):
    message = "Host {host} is not in availability zone {zone}."


class PortInUse(Conflict):
    message = "Port {port_id} is still in use."


class AddressInUse(Conflict):
    message = "IP address {address} is already in use in network {network_id}."


class NoMoreAddresses(Conflict):
    message = "No more IP addresses available on network {network_id}."


class NetworkAmbiguous(Conflict):
    message = "Multiple possible networks found, use a Network ID to be more specific."


class SecurityGroupAmbiguous(Conflict):
    message = "Multiple security groups found matching '{name}'. Use an ID to be more specific."


class NetworkInUse(Conflict):
    message = "Unable to complete operation on network {network_id}: there are ports still in use on it."


class SecurityGroupInUse(Conflict):
    message = "Security group {security_group_id} in use."


class StaleState(Conflict):
    """A compare-and-swap found another state than the one it expected."""

    message = "{what} {id} was changed by somebody else meanwhile."


class AccountExists(Conflict):
    message = "A {what} named {name} already exists."


class ImageExists(Conflict):
    message = "An image with the id {image_id} already exists."


class ImageInvalidState(Conflict):
    message = "Image {image_id} is {status}: it cannot {operation}."


class SubnetInUse(Conflict):
    message = "Unable to complete operation on subnet {subnet_id}: one or more ports have an address of it."


class PortBound(Conflict):
    message = "Port {port_id} cannot be deleted directly: it belongs to {owner}."


class SecurityGroupExists(Conflict):
    message = "Security group {name} already exists."


class SecurityGroupRuleExists(Conflict):
    message = "The same security group rule exists already: {rule_id}."


class ShareAttached(Conflict):
    message = "Share '{share_id}' or tag '{tag}' already associated to this server."


class ShareUnusable(Conflict):
    message = "Share {share_id} cannot be used."


class ShareInUse(Conflict):
    message = "Share {share_id} is in use by a server."


class SharesInTheWay(Conflict):
    message = "Instance {server_id} has shares: detach them first."


class FloatingIPElsewhere(Conflict):
    message = "Floating IP {address} is not associated with instance {server_id}."


class ServerNotRunning(Conflict):
    message = "Cannot '{operation}' instance {server_id} while it is in power state {state}."


class VolumeTypeExists(Conflict):
    message = "Volume type {name} already exists."


class VolumeNotMigrating(Conflict):
    message = "Volume {volume_id} is not being migrated, and only then the volume service may swap it."


class DeviceNameTaken(Conflict):
    message = "The device {device} of instance {server_id} is in use."


class FloatingIPInUse(Conflict):
    message = "The fixed address {address} of port {port_id} has a floating IP already."


class QuotaBelowUse(Conflict):
    message = "The project has more than these limits would allow: {resources}."
