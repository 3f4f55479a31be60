"""[DEFAULT] options that belong to no single part."""

from __future__ import annotations

import socket

from oslo_config import cfg

GROUP = None

OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "state_path",
        default="var",
        help="Folder for what must outlive a restart: the embedded database, image files, the signing "
        "key of tokens, clouds.yaml.",
    ),
    cfg.StrOpt(
        "auth_strategy",
        default="noauth",
        choices=["noauth", "deprecated", "keystone"],
        help="Which pipeline of the ini guards the API: noauth trusts what the client says, deprecated "
        "checks local accounts, keystone asks Keystone.",
    ),
    cfg.BoolOpt(
        "api_rate_limit",
        default=True,
        help="Whether the pipelines with the ratelimit filter are used; off picks the _nolimit ones.",
    ),
    cfg.IntOpt(
        "max_local_block_devices",
        default=3,
        min=-1,
        help="Local disks that one request may ask for a server, its root among them; -1 is any number, "
        "0 has every server boot from a volume.",
    ),
    cfg.StrOpt(
        "host",
        default=socket.gethostname(),
        sample_default="<the machine's name>",
        help="Name of this machine in services and messages.",
    ),
    cfg.StrOpt("my_ip", default="127.0.0.1", help="Address of this machine, shown for its hypervisor."),
    cfg.StrOpt(
        "transport_url",
        default="fake://",
        secret=True,
        help="oslo.messaging transport: fake:// inside nova-all, rabbit://user:password@host/vhost as soon "
        "as there are two processes.",
    ),
    cfg.IntOpt("report_interval", default=10, min=1, help="Seconds between heartbeats of a service."),
    cfg.IntOpt(
        "service_down_time",
        default=60,
        min=1,
        help="Seconds without a heartbeat after which a service is down.",
    ),
    cfg.BoolOpt(
        "enable_instance_password",
        default=True,
        help="Whether create and rebuild replies show the administrator password.",
    ),
    cfg.IntOpt("password_length", default=12, min=4, help="Length of generated administrator passwords."),
    cfg.StrOpt(
        "default_availability_zone", default="nova", help="Zone of compute hosts outside any aggregate's."
    ),
    cfg.StrOpt(
        "internal_service_availability_zone", default="internal", help="Zone of services that run no guests."
    ),
    cfg.StrOpt("default_schedule_zone", help="Zone to which new servers are pinned that ask for none."),
    cfg.StrOpt(
        "instance_name_template", default="instance-%08x", help="Name on the hypervisor, from the row id."
    ),
    cfg.StrOpt(
        "osapi_compute_unique_server_name_scope",
        default="",
        choices=["", "project", "global"],
        help="Where a server's name must be unique: nowhere, in its project, or everywhere.",
    ),
    cfg.BoolOpt(
        "force_config_drive",
        default=False,
        help="Whether every new server has a config drive, and not only those whose request or image "
        "(img_config_drive = mandatory) wants one.",
    ),
    cfg.IntOpt(
        "shelved_offload_time",
        default=0,
        min=-1,
        help="Seconds after which a shelved server leaves its host; 0 is at once, -1 never.",
    ),
    cfg.IntOpt(
        "resize_confirm_window",
        default=0,
        min=0,
        help="Seconds after which a resize or migration confirms itself; 0 waits for ever.",
    ),
    cfg.BoolOpt(
        "allow_resize_to_same_host", default=False, help="Whether a resize may leave the server on its host."
    ),
    cfg.IntOpt(
        "reclaim_instance_interval",
        default=0,
        min=0,
        help="Seconds that a deleted server stays restorable; 0 deletes at once.",
    ),
    cfg.StrOpt(
        "instance_usage_audit_period",
        default="month",
        regex=r"^(hour(@[1-5]?[0-9])?|day(@(1?[0-9]|2[0-3]))?|month(@([1-9]|[12][0-9]|3[01]))?|year(@([1-9]|1[0-2]))?)$",
        help="Period of the usage audit log: hour, day, month or year; with @n it begins at that minute, "
        "hour, day of the month or month.",
    ),
]
