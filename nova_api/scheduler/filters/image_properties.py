"""The host can run what the image says it is made for."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "unable to run its image"

#: Other spellings of architectures and hypervisors.
_SAME = {
    "amd64": "x86_64",
    "x64": "x86_64",
    "i386": "i686",
    "i486": "i686",
    "i586": "i686",
    "arm64": "aarch64",
    "kvm": "qemu",
}


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether architecture and hypervisor of the image, where it names them, are the host's."""
    properties = wanted.image_properties
    architecture = properties.get("hw_architecture") or properties.get("architecture")
    hypervisor = properties.get("img_hv_type") or properties.get("hypervisor_type")
    return _agrees(architecture, node.cpu_info.get("arch")) and _agrees(hypervisor, node.hypervisor_type)


def _agrees(asked: str | None, present: str | None) -> bool:
    # A host that does not say what it is runs what it is given.
    return not asked or not present or _plain(asked) == _plain(present)


def _plain(name: str) -> str:
    name = name.lower()
    return _SAME.get(name, name)
