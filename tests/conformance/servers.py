"""Real servers for a replay, each with a state folder and an ini of its own."""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import sys
from collections.abc import Iterable, Iterator

from tests import real_process
from tests.conformance import recorder

#: Seconds: several servers of a dozen hosts each start at once, beside whatever else runs.
STARTS_WITHIN = 120.0

OPTIONS = """\
[DEFAULT]
state_path = {state}
auth_strategy = noauth
api_rate_limit = false
host = compute
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = {port}
# A heartbeat in the middle of a test would bring back services and nodes that its world doesn't have.
report_interval = 3600
service_down_time = 7200

[compute]
hosts = {hosts}

[wsgi]
api_paste_config = {ini}
"""


def with_world(ini: str, world_file: pathlib.Path) -> str:
    """The project's ini with ``World`` outermost; raises ValueError when the composite has gone."""
    section = "[composite:osapi_compute]\n"
    if section not in ini:
        raise ValueError(f"etc/api-paste.ini has no section {section.strip()}")
    return ini.replace(section, section + "filter-with = world\n", 1) + (
        "\n[filter:world]\n"
        "paste.filter_factory = tests.conformance.world:World.factory\n"
        f"world_file = {world_file}\n"
    )


@contextlib.contextmanager
def running(
    folder: pathlib.Path, world_file: pathlib.Path, record: pathlib.Path, hosts: Iterable[str]
) -> Iterator[str]:
    """The root URL of a server with its state in ``folder`` (emptied first), recording into ``record``.

    ``hosts`` are its compute hosts; a reset leaves those that its test had.  Raises real_process.NotStarted.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port = real_process.free_port()
    ini, options = folder / "api-paste.ini", folder / "nova.conf"
    given = (real_process.ROOT / "etc" / "api-paste.ini").read_text(encoding="utf-8")
    ini.write_text(with_world(given, world_file), encoding="utf-8")
    options.write_text(
        OPTIONS.format(state=folder / "state", port=port, ini=ini, hosts=",".join(hosts)), encoding="utf-8"
    )
    url = f"http://127.0.0.1:{port}"
    with real_process.answering(
        [sys.executable, real_process.ROOT / "bin" / "nova-all", "--config-file", options],
        url + "/",
        log=folder / "log",
        cwd=folder,
        environment={"PYTHONPATH": str(real_process.ROOT), recorder.VARIABLE: str(record)},
        within=STARTS_WITHIN,
    ):
        yield url
