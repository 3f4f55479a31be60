"""What the extra specs of a flavor may be called and hold (microversion 2.86 and later).

Keys outside ``NAMESPACES`` are free: operators use them for their own
scheduler filters.  A key inside one must be in ``KNOWN``, and its value must
have the stated form; a misspelt key would otherwise do nothing, silently.
The table follows the extra specs that the compute service documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from oslo_utils import strutils

from nova_api import exception

#: Refuses a value by returning what it ought to be.
Check = Callable[[str], str | None]


def _any(value: str) -> str | None:
    del value
    return None


def _boolean(value: str) -> str | None:
    try:
        strutils.bool_from_string(value, strict=True)
    except ValueError:
        return "a boolean, such as true or no"
    return None


def _integer(least: int | None = None, most: int | None = None) -> Check:
    def check(value: str) -> str | None:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()):
            return "an integer"
        number = int(value)
        if least is not None and number < least:
            return f"an integer of at least {least}"
        if most is not None and number > most:
            return f"an integer of at most {most}"
        return None

    return check


def _one_of(*words: str) -> Check:
    return lambda value: None if value in words else "one of " + ", ".join(words)


def _like(pattern: str, what: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else what


_COUNT = _integer(1)
_SIZE = _integer(0)
_CPU_SET = _like(r"\^?\d+(-\d+)?(,\^?\d+(-\d+)?)*", "a list of CPUs, such as 0-3,^2")
_PAGE_SIZE = _like(r"large|small|any|\d+([kKMGT]i?)?([bB]|bit)?", "large, small, any, or a size such as 2MB")
_ALIASES = _like(r"[^:,]+:\d+(,[^:,]+:\d+)*", "alias:count, separated by commas")
_LEVEL = _one_of("custom", "high", "normal", "low")
_CAPABILITY = r"[a-zA-Z0-9_.:-]+"
_GROUP = r"[a-zA-Z0-9_-]{0,64}"

_HW: dict[str, Check] = {
    "cpu_policy": _one_of("shared", "dedicated", "mixed"),
    "cpu_thread_policy": _one_of("prefer", "isolate", "require"),
    "cpu_dedicated_mask": _CPU_SET,
    "cpu_realtime": _boolean,
    "cpu_realtime_mask": _CPU_SET,
    "emulator_threads_policy": _one_of("isolate", "share"),
    "cpu_(max_)?(sockets|cores|threads)": _COUNT,
    "numa_nodes": _COUNT,
    r"numa_cpus\.\d+": _CPU_SET,
    r"numa_mem\.\d+": _COUNT,
    "pci_numa_affinity_policy": _one_of("required", "preferred", "legacy", "socket"),
    "mem_page_size": _PAGE_SIZE,
    "mem_encryption": _boolean,
    "mem_encryption_model": _one_of("amd-sev", "amd-sev-es"),
    "pmem": _any,
    "pmu": _boolean,
    "locked_memory": _boolean,
    "maxphysaddr_mode": _one_of("passthrough", "emulate"),
    "maxphysaddr_bits": _SIZE,
    "boot_menu": _boolean,
    "hide_hypervisor_id": _boolean,
    "ephemeral_encryption": _boolean,
    "ephemeral_encryption_format": _one_of("luks", "plain"),
    "usb_model": _any,
    "redirected_usb_ports": _integer(0, 15),
    "sound_model": _any,
    "serial_port_count": _SIZE,
    "tpm_model": _one_of("tpm-tis", "tpm-crb"),
    "tpm_secret_security": _one_of("user", "host", "deployment"),
    "tpm_version": _one_of("1.2", "2.0"),
    "vif_multiqueue_enabled": _boolean,
    "viommu_model": _one_of("intel", "smmuv3", "virtio", "auto"),
    "virtio_packed_ring": _boolean,
    "watchdog_action": _one_of("none", "pause", "poweroff", "reset", "disabled"),
}

_QUOTA: dict[str, Check] = {
    "cpu_shares": _SIZE,
    "cpu_period": _SIZE,
    "cpu_quota": _integer(),
    "(cpu|memory|disk_io|vif)_(limit|reservation|shares_share)": _SIZE,
    "(cpu|memory|disk_io|vif)_shares_level": _LEVEL,
    "disk_(read|write|total)_(bytes|iops)_sec": _SIZE,
    "vif_(inbound|outbound)_(average|peak|burst)": _SIZE,
}


def _table() -> Iterable[tuple[re.Pattern[str], Check]]:
    spaces: dict[str, dict[str, Check]] = {
        "accel": {"device_profile": _any},
        "aggregate_instance_extra_specs": {_CAPABILITY: _any},
        "capabilities": {_CAPABILITY: _any},
        "hw": _HW,
        "hw_rng": {"allowed": _boolean, "rate_bytes": _SIZE, "rate_period": _SIZE},
        "hw_video": {"ram_max_mb": _SIZE},
        "os": {"secure_boot": _one_of("required", "optional", "disabled")},
        "pci_passthrough": {"alias": _ALIASES},
        "quota": _QUOTA,
        f"resources{_GROUP}": {"[A-Z0-9_]+": _SIZE},
        f"trait{_GROUP}": {"[A-Z0-9_]+": _one_of("required", "forbidden")},
        "vmware": {"hw_version": _any, "storage_policy": _any},
    }
    for space, keys in spaces.items():
        for key, check_value in keys.items():
            yield re.compile(f"{space}:{key}"), check_value
    yield re.compile("hide_hypervisor_id"), _boolean
    yield re.compile("group_policy"), _one_of("none", "isolate")


#: Form of the key → form of the value.
KNOWN = tuple(_table())

NAMESPACES = re.compile(
    "accel|aggregate_instance_extra_specs|capabilities|hw|hw_rng|hw_video|os|pci_passthrough|quota"
    f"|resources{_GROUP}|trait{_GROUP}|vmware"
)


def check(key: str, value: str) -> None:
    """Raises Invalid for an unknown key of a known namespace, and for a value that its key cannot have."""
    for form, check_value in KNOWN:
        if form.fullmatch(key):
            wanted = check_value(value)
            if wanted is not None:
                raise exception.Invalid(
                    f"Validation failed; {value!r} is not valid for extra spec {key!r}: it must be {wanted}."
                )
            return
    namespace, colon, _ = key.partition(":")
    if colon and NAMESPACES.fullmatch(namespace):
        raise exception.Invalid(
            f"Validation failed; {key!r} is not a known extra spec of namespace {namespace!r}."
        )
