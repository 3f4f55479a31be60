"""[DEFAULT] options that say where each WSGI service listens and in how many processes."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = None

DEFAULT_PORT = 8774


def listen_opts(name: str) -> list[cfg.Opt]:
    """The three options of the WSGI service ``name``; registering them twice is harmless."""
    return [
        cfg.StrOpt(
            f"{name}_listen",
            default="127.0.0.1",
            help=f"Address or host name on which {name} listens; :: takes IPv4 and IPv6.",
        ),
        cfg.PortOpt(
            f"{name}_listen_port",
            default=DEFAULT_PORT,
            help=f"TCP port on which {name} listens; 0 takes any free one.",
        ),
        cfg.IntOpt(
            f"{name}_workers",
            default=1,
            min=0,
            help=f"Processes that serve {name}. With 0 or 1 the started process serves by itself; with more "
            "it supervises that many, which share the socket. More than one needs a database server "
            "and a transport that processes can share.",
        ),
    ]


OPTS: list[cfg.Opt] = [
    *listen_opts("osapi_compute"),
    cfg.BoolOpt(
        "allow_noauth_on_any_address",
        default=False,
        help="Permits auth_strategy = noauth on an address that other machines reach. Whoever reaches it is "
        "then administrator; without this option the service refuses to start.",
    ),
]
