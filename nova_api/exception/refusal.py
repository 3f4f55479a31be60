"""Requests that make no sense, or are not for everybody."""

from __future__ import annotations

from nova_api.exception.base import Conflict, Forbidden, Invalid


class MarkerInvalid(Invalid):
    message = "Marker {marker} could not be found."


class PortRequiresFixedIP(Invalid):
    message = "Port {port_id} requires a FixedIP in order to be used."


class NetworkRequiresSubnet(Invalid):
    message = "Network {network_id} requires a subnet in order to boot instances on."


class NoNetworkToAllocate(Invalid):
    message = (
        "Unable to automatically allocate a network for project {project_id}: there is none that it may use."
    )


class PortDuplicated(Invalid):
    message = "Port {port_id} was asked for more than once."


class PortNotForSeveral(Invalid):
    message = "A port cannot be given to more than one server: ask for one server, or for networks."


class FixedIPNotForSeveral(Invalid):
    message = (
        "A fixed IP cannot be given to more than one server: ask for one server, or leave the address out."
    )


class AddressNotInSubnet(Invalid):
    message = "IP address {address} is not a valid address of the subnets of network {network_id}."


class ExternalNetworkForbidden(Forbidden):
    message = "It is not allowed to create an interface on external network {network_id}"


class ImageRefMissing(Invalid):
    message = "Missing imageRef attribute: say which image to boot from."


class ImageUnusable(Invalid):
    message = "Image {image_id} cannot be booted: it is {status}, not active."


class FlavorTooSmall(Invalid):
    """``what`` of the flavor is too small for the image; both amounts have their unit."""

    message = "Flavor's {what} is too small for requested image. It has {has}, the image needs {needs}."


class VolumeTooSmall(Invalid):
    message = "Volume is smaller than what image {image_id} needs: it is to have {size} GiB."


class ZeroDiskFlavor(Forbidden):
    message = "Only volume-backed servers are allowed for flavors with zero disk."


class DiskConfigForbidden(Invalid):
    message = "Requested auto disk config, and image {image_id} has it disabled."


class KeypairInvalid(Invalid):
    message = "Invalid key_name provided: there is no key pair {name} of user {user_id}."


class ZoneUnavailable(Invalid):
    message = "The requested availability zone is not available."


class MappingInvalid(Invalid):
    message = "Block Device Mapping is Invalid: {reason}"


class VolumeInvalid(Invalid):
    message = "Invalid volume: {reason}"


class VolumeInvalidState(Invalid):
    message = "Invalid volume: volume {volume_id} is {status}, so it cannot {operation}."


class MultiattachTooOld(Invalid):
    message = "Volume {volume_id} may be attached to several servers, which needs microversion 2.60 or later."


class TagOnShelved(Invalid):
    message = "Instance {server_id} is shelved and offloaded: a volume cannot be attached to it with a tag."


class DeviceNameInvalid(Invalid):
    message = "The supplied device path ({path}) is invalid."


class VolumeZoneMismatch(Invalid):
    message = (
        "The availability zone between the server and its attached volumes do not match: "
        "the server is in {server_zone}, volume {volume_id} in {volume_zone}."
    )


class TooManyDiskDevices(Forbidden):
    message = (
        "The maximum allowed number of disk devices ({maximum}) to attach to a single instance "
        "has been exceeded."
    )


class ServerNotRescuable(Invalid):
    message = "Instance {server_id} cannot be rescued: {reason}"


class RescueImageUnusable(Invalid):
    message = "Image {image_id} cannot be used for a rescue: {reason}"


class HostnameForSeveral(Invalid):
    message = "A hostname cannot be given to more than one server: ask for one server, or leave it out."


class PortNeedsResources(Invalid):
    message = "Port {port_id} has a resource request, which needs microversion 2.72 or later."


class FixedIPWithPort(Invalid):
    message = "Specified fixed IP {address} cannot be used with port {port_id}: choose one of the two."


class SecurityGroupCannotBeApplied(Invalid):
    message = "Instance {server_id} has a port without port security, to which no security group applies."


class ConsoleTypeUnavailable(Invalid):
    message = "Unavailable console type {type}."


class ConsoleTypeInvalid(Invalid):
    message = "Invalid console type {type} for protocol {protocol}."


class ImageProtected(Forbidden):
    message = "Image {image_id} is protected and cannot be deleted."


class QuotaOutOfRange(Invalid):
    """A limit that an administrator wants to set is less than what is used, or more than there is."""

    message = "The quota limit cannot be set."


class HypervisorDown(Invalid):
    message = "Compute host {host} is down: it cannot be asked."


class AggregateNotEmpty(Invalid):
    message = "Cannot remove aggregate {aggregate_id}. Reason: Host aggregate is not empty."


class AggregateInUse(Invalid):
    message = "Cannot update aggregate {aggregate_id}. Reason: {reason}"


class GroupRulesInvalid(Invalid):
    message = "Only anti-affinity policy supports rules, not {policy}."


class ImageTooLarge(Invalid):
    message = "The data is larger than the {limit} bytes that an image may have."


class VolumeNotInUse(Conflict):
    message = "Cannot '{operation}' instance {server_id}: its volume {volume_id} is {status}, not in-use."


class PasswordNotSet(Conflict):
    message = "Failed to set the administrator password of instance {server_id}: {reason}"
