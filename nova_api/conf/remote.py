"""What [glance], [neutron] and [cinder] have in common: how a service of another process is reached."""

from __future__ import annotations

from oslo_config import cfg


def reach_opts(service: str) -> list[cfg.Opt]:
    """The options of one group; ``service`` names it in the help."""
    return [
        cfg.StrOpt(
            "credentials_section",
            default="keystone_authtoken",
            help=f"Group with auth_type, auth_url, username, … of the user as whom {service} is asked what "
            "no user's token is at hand for: hosts at work, deletions. It needs the role admin, and the role "
            "service beside it.",
        ),
        cfg.StrOpt("region_name", help=f"Region whose {service} the catalog is searched for; any, if unset."),
        cfg.ListOpt(
            "valid_interfaces",
            default=["internal", "public"],
            help="Interfaces of the catalog, the first one found is taken.",
        ),
        cfg.URIOpt("endpoint_override", help=f"Where {service} is, instead of what the catalog says."),
        cfg.StrOpt("cafile", help="Authorities in PEM that its certificate is checked with."),
        cfg.BoolOpt("insecure", default=False, help="Whether any certificate is good enough."),
        cfg.FloatOpt(
            "timeout",
            default=20.0,
            min=0.1,
            help="Seconds to wait for a connection, and then for each part of a reply.",
        ),
    ]
