"""The world that a recorded conversation began in, built in front of each replayed test.

``World`` is a paste filter, the outermost one of the ini that ``servers.py``
writes.  ``POST /__reset`` empties the state of the process, loads the seed of
the world that the body names, and sets the options that the recorded test's
set-up had set.  Everything else passes through (and is recorded when the
environment asks for that).  Most recorded worlds ran casts as calls: in those
a reply that begins something is held back until that is done.

The seed, a dictionary that ``nova_api.seed.reset(backend, seed)`` takes (without accounts: the
replayed requests carry tokens of the form ``user:project:roles``, which noauth takes at their word):

``flavors``
    flavorid, name, memory_mb, vcpus, root_gb, ephemeral_gb, swap, rxtx_factor, is_public, description,
    extra_specs
``images``
    as the image API shows them, with ``properties`` as a dictionary of its own
``networks``, ``subnets``, ``ports``, ``security_groups``
    as the network API shows them; a security group has its ``security_group_rules`` as objects
``services``
    binary, host
``nodes``
    columns of ``compute_nodes``: uuid, host, hypervisor_hostname, …
"""

from __future__ import annotations

import itertools
import json
import logging
import pathlib
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import sqlalchemy as sa
from oslo_config import cfg

from tests.conformance import recorder, volumes

LOG = logging.getLogger(__name__)
RESET = "/__reset"

#: (id, name, ram, vcpus, disk, extra specs)
FLAVORS: tuple[tuple[str, str, int, int, int, dict[str, str]], ...] = (
    ("1", "m1.tiny", 512, 1, 1, {}),
    ("2", "m1.small", 2048, 1, 20, {}),
    ("3", "m1.medium", 4096, 2, 40, {}),
    ("4", "m1.large", 8192, 4, 80, {}),
    ("5", "m1.xlarge", 16384, 8, 160, {}),
    ("6", "m1.tiny.specs", 512, 1, 1, {"hw:numa_nodes": "1"}),
)

#: Driver of the recorded set-up → (vcpus, memory in MiB, disk in GiB) of its node.
CAPACITY = {
    "fake.SmallFakeDriver": (2, 8192, 1028),
    "fake.MediumFakeDriver": (10, 8192, 1028),
    "fake.FakeDriver": (1000, 800000, 600000),
}
CPU_INFO = {
    "arch": "x86_64",
    "model": "Nehalem",
    "vendor": "Intel",
    "features": ["pge", "clflush"],
    "topology": {"cores": 1, "threads": 1, "sockets": 4},
}
#: The share that the recordings give to servers.
SHARE = "e8debdc0-447a-4376-a10a-4cd9122d7986"
#: The one host whose node has another name.
NODE_NAMES = {"compute": "fake-mini"}


def sentinel(name: str) -> str:
    """The id that the recording gave a thing whose real id was random."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "nova-trace-sentinel:" + name))


def flags(asked: dict[str, Any]) -> list[tuple[str | None, str, Any]]:
    """(group, option, value) of every option of the recorded world, in order; later ones win."""
    zone = asked.get("attrs", {}).get("zone")
    return [
        ("api", "glance_link_prefix", "http://localhost:9292"),
        *([(None, "default_availability_zone", zone)] if zone else []),
        *(
            (event.get("group"), name, value)
            for event in asked.get("setup_events", [])
            if event.get("kind") == "flags"
            for name, value in event.get("values", {}).items()
        ),
    ]


def hosts(asked: dict[str, Any]) -> list[str]:
    """Compute hosts that the recorded set-up had started."""
    return [
        event["host"]
        for event in asked.get("setup_events", [])
        if event.get("kind") == "start_service" and event.get("name") == "compute" and event.get("host")
    ]


def seed(world: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The seed for a reset request; ``world`` is the recordings' world.json."""
    driver = next((value for _, name, value in flags(asked) if name == "compute_driver"), None)
    started = hosts(asked) if asked.get("setup_events") else ["compute"]
    neutron = world["neutron"]
    project = world["project_id"]
    return {
        "flavors": [_flavor(*row) for row in FLAVORS],
        "images": [{**image, "owner": project} for image in world["images"]],
        **_network_objects(neutron),
        "volumes": [{**volume, "project_id": project} for volume in volumes.seeds(world)],
        "volume_types": world.get("volume_types", []),
        "shares": [{"uuid": SHARE, "project_id": project, "export_location": "10.0.0.50:/mnt/foo"}],
        "services": [
            {"binary": "nova-conductor", "host": "conductor"},
            {"binary": "nova-scheduler", "host": "scheduler"},
            *({"binary": "nova-compute", "host": host} for host in started),
        ],
        "nodes": [_node(host, driver or "fake.SmallFakeDriver") for host in started],
    }


def _flavor(
    flavorid: str, name: str, memory: int, vcpus: int, disk: int, specs: dict[str, str]
) -> dict[str, Any]:
    return {
        "flavorid": flavorid,
        "name": name,
        "memory_mb": memory,
        "vcpus": vcpus,
        "root_gb": disk,
        "ephemeral_gb": 0,
        "swap": 0,
        "rxtx_factor": 1.0,
        "is_public": True,
        "description": None,
        "extra_specs": specs,
    }


def _node(host: str, driver: str) -> dict[str, Any]:
    name = NODE_NAMES.get(host, host)
    vcpus, memory, disk = CAPACITY.get(driver, CAPACITY["fake.SmallFakeDriver"])
    return {
        "uuid": sentinel("node_" + name),
        "host": host,
        "hypervisor_hostname": name,
        "hypervisor_type": "fake",
        "hypervisor_version": 1000,
        "host_ip": "192.0.2.2",
        "cpu_info": CPU_INFO,
        "vcpus": vcpus,
        "memory_mb": memory,
        "local_gb": disk,
        "disk_available_least": 0,
        "reserved_memory_mb": 512,
        "cpu_allocation_ratio": 4.0,
        "ram_allocation_ratio": 1.0,
        "disk_allocation_ratio": 1.0,
    }


def _network_objects(neutron: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    objects = neutron["objects"]
    networks = [objects[name] for name in neutron["networks_always"]]
    theirs = {subnet for network in networks for subnet in network["subnets"]}
    group = objects["security_group"]
    rules = {value["id"]: value for name, value in objects.items() if name.startswith("security_group_rule")}
    return {
        "networks": networks,
        "subnets": [
            value
            for name, value in objects.items()
            if name.startswith("subnet") and isinstance(value, dict) and value["id"] in theirs
        ],
        "ports": [objects[name] for name in neutron["ports_always"]],
        "security_groups": [
            {**group, "security_group_rules": [rules[rule] for rule in group["security_group_rules"]]}
        ],
    }


class _Rest:
    """What is left of a body, closing the body that it comes from."""

    def __init__(self, pieces: Iterator[bytes], body: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        if hasattr(self._body, "close"):
            self._body.close()


class World:
    """Answers ``POST /__reset``; passes everything else on.

    :param app: the application below
    :param conf: the options to set and unset
    :param reset: takes the seed
    :param busy: whether any accepted work is unfinished
    :param world: the recordings' world.json, parsed
    """

    #: Seconds that a reply is held back at most.
    PATIENCE = 5.0

    def __init__(
        self,
        app: WSGIApplication,
        conf: cfg.ConfigOpts,
        reset: Callable[[dict[str, Any]], None],
        busy: Callable[[], bool],
        world: dict[str, Any],
    ) -> None:
        self.app = app
        self.conf = conf
        self.reset = reset
        self.busy = busy
        self.world = world
        self._set: list[tuple[str | None, str]] = []
        self._casts_are_calls = True

    @classmethod
    def factory(cls, global_conf: dict[str, str], world_file: str) -> Callable[[WSGIApplication], World]:
        """Paste Deploy's filter_factory. :param world_file: path of world.json"""
        # Imported here, so that a test can drive World without a service around it.
        from nova_api import backend as nova_backend
        from nova_api import seed as nova_seed
        from nova_api.db.schema.work import work_items

        del global_conf
        backend = nova_backend.active()
        # In the place of the property that makes the usual one at first use.
        backend.__dict__["volumes"] = volumes.AnyVolumes(backend.conf, backend.db, backend.images)
        world = json.loads(pathlib.Path(world_file).read_text(encoding="utf-8"))
        unfinished = sa.select(work_items.c.id).where(work_items.c.state != "failed").limit(1)

        def busy() -> bool:
            with backend.db.reader() as conn:
                return conn.execute(unfinished).first() is not None

        def reset(seed: dict[str, Any]) -> None:
            nova_seed.reset(backend, seed)

        return lambda app: cls(recorder.recording(app), backend.conf, reset, busy, world)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != RESET:
            return self._settled(environ, start_response)
        asked = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
        self._casts_are_calls = asked.get("attrs", {}).get("CAST_AS_CALL", True)
        self._options(asked)
        self.reset(seed(self.world, asked))
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    def _settled(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        statuses: list[str] = []

        def note(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            statuses.append(status)
            return start_response(status, headers, *rest)

        body = self.app(environ, note)
        # A generator (the recorder's is one) says its status with its first piece.
        pieces = iter(body)
        first = list(itertools.islice(pieces, 1))
        # Not only of 202s: some operations say what they have begun with another 2xx.
        if self._casts_are_calls and environ["REQUEST_METHOD"] != "GET" and statuses[-1].startswith("2"):
            ends = time.monotonic() + self.PATIENCE
            while self.busy() and time.monotonic() < ends:
                time.sleep(0.01)
        return _Rest(itertools.chain(first, pieces), body)

    def _options(self, asked: dict[str, Any]) -> None:
        """Sets what the recorded set-up had set, of those options that exist here; unsets the last test's."""
        for group, name in self._set:
            self.conf.clear_override(name, group=group)
        self._set = []
        for group, name, value in flags(asked):
            if name == "transport_url":
                continue
            try:
                self.conf.set_override(name, value, group=group)
            except (cfg.NoSuchOptError, cfg.NoSuchGroupError, ValueError):
                LOG.info("no option [%s] %s to set to %r", group or "DEFAULT", name, value)
            else:
                self._set.append((group, name))
