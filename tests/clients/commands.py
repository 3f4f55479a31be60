"""Which commands the stock clients have, asked of the clients, and which of them cannot work here."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable, Mapping

from tests.clients.shells import Shells
from tests.clients.stories import Story

#: Everything in these groups of the openstack client.
_WHOLE = ("openstack.common", "openstack.compute.v2")
_USUAL = ("create", "delete", "list", "set", "show", "unset")
#: Of the others what somebody with servers needs: group → resource → verbs.
_OF_NEIGHBOURS: Mapping[str, Mapping[str, Iterable[str]]] = {
    "openstack.identity.v3": {
        "catalog": ("list", "show"),
        "domain": ("list", "show"),
        "endpoint": ("list", "show"),
        "project": _USUAL,
        "region": ("list",),
        "role": ("add", "list", "remove", "show"),
        "role assignment": ("list",),
        "service": ("list", "show"),
        "token": ("issue", "revoke"),
        "user": _USUAL,
    },
    "openstack.image.v2": {
        "image": (*_USUAL, "save", "add project", "remove project"),
        "image member": ("list",),
    },
    "openstack.network.v2": dict.fromkeys(
        ("floating ip", "network", "port", "router", "security group", "security group rule", "subnet"),
        _USUAL,
    ),
    "openstack.volume.v3": {
        "volume": _USUAL,
        "volume attachment": (*_USUAL, "complete"),
        "volume snapshot": _USUAL,
        "volume type": _USUAL,
    },
}

_REMOVED = "its part of the API was removed and answers 410, as the contract says"
#: Command of the openstack client → why it cannot work; a story shows each of them being refused.
OPENSTACK_CANNOT: Mapping[str, str] = {
    "compute agent create": _REMOVED,
    "compute agent delete": _REMOVED,
    "compute agent list": _REMOVED,
    "compute agent set": _REMOVED,
}
#: The same for the nova command.
NOVA_CANNOT: Mapping[str, str] = {
    "agent-create": _REMOVED,
    "agent-delete": _REMOVED,
    "agent-list": _REMOVED,
    "agent-modify": _REMOVED,
    "get-rdp-console": "consoles over RDP went with the only driver that had them",
    "reset-network": _REMOVED,
}


def openstack_wanted() -> set[str]:
    """The commands of the installed openstack client that have to work (or stand in ``OPENSTACK_CANNOT``)."""
    listed = _entry_points()
    wanted = {name for group in _WHOLE for name in listed[group]}
    for group, resources in _OF_NEIGHBOURS.items():
        asked = {f"{resource} {verb}" for resource, verbs in resources.items() for verb in verbs}
        wanted |= asked & listed[group]
    return wanted


def _entry_points() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for point in importlib.metadata.distribution("python-openstackclient").entry_points:
        found.setdefault(point.group, set()).add(point.name.replace("_", " "))
    return found


def nova_listed(shells: Shells) -> set[str]:
    """The commands that ``nova help`` lists."""
    said = shells.run(None, "nova", "help")
    assert said.status == 0, said
    return set(re.findall(r"^    ([a-z][a-z-]+)(?:\s|$)", said.stdout, re.MULTILINE))


def openstack_walked(stories: Iterable[Story], manner: str | None = "succeeds") -> set[str]:
    """The commands of the openstack client that stories do, or see ``refused``."""
    known = {name for names in _entry_points().values() for name in names}
    return {
        command
        for words in _typed(stories, "openstack", manner)
        if (command := _longest(words, known)) is not None
    }


def nova_walked(stories: Iterable[Story], manner: str | None = "succeeds") -> set[str]:
    """The commands of the nova command that stories do, or see ``refused``."""
    return {words[0] for words in _typed(stories, "nova", manner)}


def _typed(stories: Iterable[Story], client: str, manner: str | None) -> Iterable[list[str]]:
    """The words of each command line, without the options of the client itself (``--name value``)."""
    for story in stories:
        for line in story.lines:
            if line.client == client and (line.manner == "refused") == (manner == "refused"):
                yield re.sub(r"^(--\S+ \S+ )*", "", line.command).split()


def _longest(words: list[str], known: set[str]) -> str | None:
    for count in range(len(words), 0, -1):
        if (name := " ".join(words[:count])) in known:
            return name
    return None
