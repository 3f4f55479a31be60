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
    cfg.IntOpt(
        "reclaim_instance_interval",
        default=0,
        min=0,
        help="Seconds that a deleted server stays restorable; 0 deletes at once.",
    ),
]
