"""[compute] options: the hosts of this process, their driver, what it reports of them."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("compute", title="Compute hosts")

OPTS: list[cfg.Opt] = [
    cfg.ListOpt(
        "hosts",
        default=[],
        help="Names of the compute hosts that this process plays (several only with the fake driver); "
        "none means [DEFAULT] host.",
    ),
    cfg.StrOpt("driver", default="fake", choices=["fake"], help="What runs the servers."),
    cfg.FloatOpt(
        "cpu_allocation_ratio", default=4.0, min=0.0, help="Virtual CPUs given out for each one there is."
    ),
    cfg.FloatOpt("ram_allocation_ratio", default=1.0, min=0.0, help="Memory given out for what there is."),
    cfg.FloatOpt("disk_allocation_ratio", default=1.0, min=0.0, help="Disk given out for what there is."),
    cfg.IntOpt(
        "block_device_allocate_timeout",
        default=180,
        min=1,
        help="Seconds that a build waits for a volume that the volume service makes for it.",
    ),
    cfg.IntOpt(
        "max_disk_devices_to_attach",
        default=-1,
        min=-1,
        help="Disks that a server may have, its root disk among them; -1 is as many as there are names.",
    ),
    cfg.IntOpt("reserved_host_memory_mb", default=512, min=0, help="MiB of memory kept for the host itself."),
]
