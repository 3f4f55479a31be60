"""Exceptions of the domain. They carry their meaning; ``nova_api.api.faults`` gives them a status.

``message`` is a format string that the keyword arguments fill; the result is
shown to users, so it is a sentence that says what was wrong and with what.
"""

from __future__ import annotations

from typing import Any


class NovaError(Exception):
    """Base of everything that this service raises on purpose."""

    message = "An unknown error occurred."

    def __init__(self, message: str | None = None, **kwargs: Any) -> None:
        self.kwargs = kwargs
        super().__init__(message if message is not None else self.message.format(**kwargs))


class Invalid(NovaError):
    """The request makes no sense: 400."""

    message = "Bad request."


class Unauthorized(NovaError):
    """Who asks is not known: 401."""

    message = "The request you have made requires authentication."


class TokenInvalid(Unauthorized):
    message = "The token is unknown, expired or revoked."


class Forbidden(NovaError):
    """Who asks may not do that: 403."""

    message = "Access was denied to this resource."


class PolicyNotAuthorized(Forbidden):
    message = "Policy doesn't allow {action} to be performed."


class QuotaExceeded(Forbidden):
    message = "Quota exceeded for {resources}."


class NotFound(NovaError):
    """There is no such thing, for the one who asks: 404."""

    message = "Resource could not be found."


class Conflict(NovaError):
    """It cannot be done in the present state: 409."""

    message = "The request conflicts with the present state."


class Gone(NovaError):
    """Removed for good: 410."""

    message = "This API is no longer available."


class NotImplementedYet(NovaError):
    """The route is known and not built: 501."""

    message = "The requested functionality is not supported."


class Unavailable(NovaError):
    """A part that the request needs does not answer: 503."""

    message = "The service is unavailable at this time. Please try again."

    def __init__(self, message: str | None = None, retry_after: int = 10, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.retry_after = retry_after


# --- not found --------------------------------------------------------------


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


class ActionNotFound(NotFound):
    message = "Action for request_id {request_id} on instance {server_id} not found."


class MarkerNotFound(NotFound):
    message = "Marker {marker} could not be found."


class HostNotFound(NotFound):
    message = "Compute host {host} could not be found."


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


class RouterNotFound(NotFound):
    message = "Router {router_id} could not be found."


# --- conflicts --------------------------------------------------------------


class FlavorExists(Conflict):
    message = "Flavor with {what} {value} already exists."


class FlavorAccessExists(Conflict):
    message = "Flavor access already exists for flavor {flavor_id} and project {project_id} combination."


class KeypairExists(Conflict):
    message = "Key pair '{name}' already exists."


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


class FloatingIPInUse(Conflict):
    message = "The fixed address {address} of port {port_id} has a floating IP already."


# --- requests that make no sense, or are not for everybody -------------------


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


class HostnameForSeveral(Invalid):
    message = "A hostname cannot be given to more than one server: ask for one server, or leave it out."


class PortNeedsResources(Invalid):
    message = "Port {port_id} has a resource request, which needs microversion 2.72 or later."


class FixedIPWithPort(Invalid):
    message = "Specified fixed IP {address} cannot be used with port {port_id}: choose one of the two."


class ImageProtected(Forbidden):
    message = "Image {image_id} is protected and cannot be deleted."


class ImageTooLarge(Invalid):
    message = "The data is larger than the {limit} bytes that an image may have."


# --- scheduling and building (become a server's fault) -----------------------


class NoValidHost(NovaError):
    message = "No valid host was found. {reason}"


class BuildFailed(NovaError):
    message = "Build of instance {server_id} failed: {reason}"
