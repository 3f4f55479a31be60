"""[quota]: limits of a project that nobody has set otherwise; -1 is unlimited."""

from __future__ import annotations

from oslo_config import cfg

GROUP = cfg.OptGroup("quota", title="Quotas")


def _limit(name: str, default: int, help_text: str) -> cfg.IntOpt:
    return cfg.IntOpt(name, default=default, min=-1, help=help_text)


#: Names that the reference's configuration files have for the same.
_NAMES_ELSEWHERE = ("nova.quota.DbQuotaDriver", "nova.quota.NoopQuotaDriver")

OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "driver",
        default="db",
        choices=["db", "noop", *_NAMES_ELSEWHERE],
        help="Where limits come from: db, these options and what administrators have set by os-quota-sets; "
        "noop, nothing is limited and every number of a quota is shown as -1.  The names of the drivers of "
        "older configuration files mean the same.",
    ),
    _limit("instances", 10, "Servers of a project."),
    _limit("cores", 20, "vCPUs of a project's servers."),
    _limit("ram", 51200, "MiB of memory of a project's servers."),
    _limit("metadata_items", 128, "Metadata items of a server."),
    _limit("injected_files", 5, "Injected files of a server (to microversion 2.56)."),
    _limit("injected_file_content_bytes", 10240, "Length of an injected file's base64 text."),
    _limit("injected_file_path_bytes", 255, "Length of an injected file's path."),
    _limit("key_pairs", 100, "Key pairs of a user."),
    _limit("server_groups", 10, "Server groups of a project."),
    _limit("server_group_members", 10, "Servers in a server group."),
]
