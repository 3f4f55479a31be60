"""[neighbours]: which services stand beside this one, and how the embedded ones behave."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("neighbours", title="Identity, images, networks and volumes")

OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "images",
        default="local",
        choices=["local", "glance"],
        help="Where images come from: the embedded service, or Glance as [glance] says. With glance, take "
        "/image out of the paste file.",
    ),
    cfg.StrOpt(
        "networks",
        default="local",
        choices=["local", "neutron"],
        help="Where networks come from: the embedded service, or Neutron as [neutron] says. With neutron, "
        "take /network out of the paste file.",
    ),
    cfg.StrOpt(
        "volumes",
        default="local",
        choices=["local", "cinder"],
        help="Where volumes come from: the embedded service, or Cinder as [cinder] says. With cinder, take "
        "/volume out of the paste file.",
    ),
    cfg.IntOpt("token_lifetime", default=86400, min=60, help="Seconds that an issued token is valid."),
    cfg.IntOpt(
        "revocation_cache_time",
        default=2,
        min=0,
        help="Seconds that a process may go on accepting a token that another process revoked; its own "
        "revocations hold at once.",
    ),
    cfg.IntOpt(
        "password_hash_cost",
        default=11,
        min=4,
        max=20,
        help="Binary logarithm of scrypt's N, with r=8 and p=1, for passwords set from now on. Each step "
        "doubles time and memory: 11 takes about 5 ms and 2 MiB, 14 about 40 ms and 16 MiB. Command line "
        "clients authenticate for each call, so this is paid by each of them.",
    ),
    cfg.StrOpt("region", default="RegionOne", help="Name of the region that the service catalog names."),
    cfg.IntOpt(
        "image_size_max",
        default=64 * 1024**3,
        min=1,
        help="Bytes that one uploaded image may have.",
    ),
    cfg.StrOpt(
        "default_volume_type",
        default="standard",
        help="Type of volumes that are made without one, if there is such a type; a first start makes it.",
    ),
    cfg.StrOpt(
        "mac_prefix",
        default="fa:16:3e",
        regex=r"^[0-9a-f][02468ace](:[0-9a-f]{2}){2}$",
        help="First three octets of generated MAC addresses.",
    ),
]
