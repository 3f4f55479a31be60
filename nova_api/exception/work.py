"""What goes wrong when hosts are asked, and on the way of a server from place to place."""

from __future__ import annotations

from nova_api.exception.base import Conflict, Invalid, NotFound, NotImplementedYet, NovaError, Unavailable


class HostSilent(Unavailable):
    message = "Compute host {host} did not answer in time. Please try again."


class DatabaseSilent(Unavailable):
    message = "The database does not answer. Please try again."


class OutcomeUnknown(Unavailable):
    message = "The database went away while this was being written: it may be done or not."


class HostDown(Conflict):
    message = "Instance {server_id} is on compute host {host}, whose service is down."


class HostCallFailed(NovaError):
    """A bug at the other end of a call."""


class NotSupported(NotImplementedYet):
    """The driver of the server's host lacks the feature."""

    message = "The driver of the instance's compute host cannot {operation}."


class NoBareMetal(NotImplementedYet):
    """What would answer is no part of this cloud."""

    message = "There is no bare metal service in this cloud whose nodes could be shown."


class SameFlavor(Invalid):
    message = "A resize needs another flavor than the one that the server has."


class ResizeToZeroDisk(Invalid):
    message = "Server disk was unable to be resized because: the flavor has no disk."


class NoFinishedMigration(Invalid):
    message = "Instance {server_id} has not been resized: there is no finished migration to decide about."


class MigrationNotFound(NotFound):
    message = "Migration {migration_id} not found for instance {server_id}."


class MigrationNotLive(NotFound):
    message = "Migration {migration_id} for server {server_id} is not a live migration."


class MigrationNotInProgress(NotFound):
    message = "Live migration {migration_id} for server {server_id} is not in progress."


class MigrationInvalidState(Invalid):
    message = (
        "Migration {migration_id} state of instance {server_id} is {status}. "
        "Cannot {operation} while the migration is in this state."
    )


class NoValidHost(NovaError):
    message = "No valid host was found. {reason}"


class BuildFailed(NovaError):
    message = "Build of instance {server_id} failed: {reason}"
