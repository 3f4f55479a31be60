"""Who may do what with servers. Names and defaults are those of the API's policy reference."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.policy import ADMIN, MEMBER, READER

_P = "os_compute_api:servers:"

INDEX = policy.rule(_P + "index", READER, "List servers.")
DETAIL = policy.rule(_P + "detail", READER, "List servers with details.")
INDEX_ALL = policy.rule(_P + "index:get_all_tenants", ADMIN, "List the servers of every project.")
DETAIL_ALL = policy.rule(
    _P + "detail:get_all_tenants", ADMIN, "List the servers of every project, with details."
)
ALL_FILTERS = policy.rule(
    _P + "allow_all_filters",
    ADMIN,
    "Filter lists of servers by anything; other callers' filters are dropped.",
)
SHOW = policy.rule(_P + "show", READER, "Show a server.")
SHOW_EXTRA_SPECS = policy.rule(
    _P + "show:flavor-extra-specs", READER, "See the extra specs of a server's flavor."
)
SHOW_HOST_STATUS = policy.rule(_P + "show:host_status", ADMIN, "See how a server's host is.")
SHOW_HOST_UNKNOWN = policy.rule(
    _P + "show:host_status:unknown-only", ADMIN, "See that a server's host does not report."
)
EXTENDED_ATTRIBUTES = policy.rule(
    "os_compute_api:os-extended-server-attributes", ADMIN, "See where a server runs and what it was made of."
)
UPDATE = policy.rule(_P + "update", MEMBER, "Change a server's name, description and the like.")
CREATE = policy.rule(_P + "create", MEMBER, "Create servers.")
CREATE_FORCED_HOST = policy.rule(
    _P + "create:forced_host", ADMIN, "Create a server on a host named in the availability zone."
)
CREATE_DESTINATION = policy.rule(
    "compute:servers:create:requested_destination",
    ADMIN,
    "Create a server on a host that the scheduler checks.",
)
CREATE_ATTACH_VOLUME = policy.rule(
    _P + "create:attach_volume", MEMBER, "Create a server with block devices of its own."
)
CREATE_ATTACH_NETWORK = policy.rule(
    _P + "create:attach_network", MEMBER, "Create a server on chosen networks."
)
CREATE_TRUSTED_CERTS = policy.rule(
    _P + "create:trusted_certs", MEMBER, "Create a server whose image is checked by certificates."
)
CREATE_ZERO_DISK = policy.rule(
    _P + "create:zero_disk_flavor", ADMIN, "Create an image-backed server of a flavor without a disk."
)
DELETE = policy.rule(_P + "delete", MEMBER, "Delete a server.")
REBOOT = policy.rule(_P + "reboot", MEMBER, "Reboot a server.")
START = policy.rule(_P + "start", MEMBER, "Start a server.")
STOP = policy.rule(_P + "stop", MEMBER, "Stop a server.")
CONFIRM_RESIZE = policy.rule(_P + "confirm_resize", MEMBER, "Confirm a resize or a migration.")
REVERT_RESIZE = policy.rule(_P + "revert_resize", MEMBER, "Revert a resize or a migration.")
RESIZE = policy.rule(_P + "resize", MEMBER, "Resize a server.")
RESIZE_CROSS_CELL = policy.rule(
    "compute:servers:resize:cross_cell", "!", "Let a resize move a server to another cell."
)
REBUILD = policy.rule(_P + "rebuild", MEMBER, "Rebuild a server.")
REBUILD_TRUSTED_CERTS = policy.rule(
    _P + "rebuild:trusted_certs", MEMBER, "Rebuild a server with an image that is checked by certificates."
)
CREATE_IMAGE = policy.rule(_P + "create_image", MEMBER, "Make an image of a server.")
CREATE_IMAGE_VOLUME_BACKED = policy.rule(
    _P + "create_image:allow_volume_backed", MEMBER, "Make an image of a server that runs from a volume."
)
TRIGGER_CRASH_DUMP = policy.rule(_P + "trigger_crash_dump", MEMBER, "Make a server dump its memory.")
MIGRATIONS_SHOW = policy.rule(_P + "migrations:show", ADMIN, "Show a live migration of a server.")
MIGRATIONS_FORCE_COMPLETE = policy.rule(
    _P + "migrations:force_complete", policy.MANAGER, "Make a live migration finish."
)
MIGRATIONS_DELETE = policy.rule(_P + "migrations:delete", policy.MANAGER, "Abort a live migration.")
MIGRATIONS_INDEX = policy.rule(
    _P + "migrations:index", policy.MANAGER, "List the live migrations of a server."
)
MIGRATIONS_HOSTS = policy.rule(
    _P + "migrations:index:host", ADMIN, "See between which hosts a server is migrated."
)
