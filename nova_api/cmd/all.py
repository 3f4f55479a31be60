"""nova-all: the whole cloud in one process, with its state in one folder."""

from __future__ import annotations

from nova_api.cmd import patch

patch.apply()

import argparse
import logging
import pathlib
import shutil
import sys
from collections.abc import Sequence

from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api import clouds, rpc, seed, service
from nova_api import conf as nova_conf
from nova_api.backend import Backend
from nova_api.cmd import workers
from nova_api.compute.manager.service import ComputeService, hosts_of
from nova_api.conf import log
from nova_api.db import migrate
from nova_api.scheduler.service import SchedulerService


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nova-all", description="Runs the API, a scheduler, a compute host and the services they need."
    )
    parser.add_argument("--state-path", help="folder that keeps everything (default: var)")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on; 0 takes a free one (default: 8774)")
    parser.add_argument(
        "--config-file",
        action="append",
        help="options file; may be given several times (default: none, also where /etc/nova-api has some)",
    )
    return parser.parse_args(argv)


def _options(argv: Sequence[str]) -> cfg.ConfigOpts:
    """The options of the files, with those of the command line on top.

    The command line's are written to a file in the state folder, which is then
    read like the others: so a reload (SIGHUP) finds them too.  Nobody who tries
    a cloud means the one that is installed on the machine.
    """
    args = _arguments(argv)
    files = args.config_file or []
    given = {
        "state_path": args.state_path and str(pathlib.Path(args.state_path).resolve()),
        "osapi_compute_listen": args.host,
        "osapi_compute_listen_port": args.port,
    }
    lines = [f"{name} = {value}\n" for name, value in given.items() if value is not None]
    state = pathlib.Path(args.state_path or nova_conf.new([], files).state_path).resolve()
    state.mkdir(parents=True, exist_ok=True)
    path = state / "command-line.conf"
    path.write_text("# Written by nova-all at each start.\n[DEFAULT]\n" + "".join(lines), encoding="utf-8")
    return nova_conf.new([], [*files, str(path)])


class _Mistake(service.StartError):
    """What nova-all cannot do."""


def _prepare(backend: Backend, root_url: str) -> None:
    """Database, first contents, clouds.yaml."""
    # Each says what it is about to do; of a start, only the outcome is news.
    for name in ("alembic", "oslo_service"):
        logging.getLogger(name).setLevel(logging.WARNING)
    migrate.upgrade(backend.db)
    path = clouds.path_of(backend.conf)
    known = clouds.passwords(path)
    passwords = seed.passwords_of(backend)
    # Before the accounts: a start that dies in between finds the passwords again.
    clouds.write(path, root_url, passwords, backend.conf.neighbours.region)
    if seed.is_first_start(backend):
        seed.first_start(backend, passwords)
    else:
        seed.set_passwords(backend, {name: passwords[name] for name in passwords if name not in known})


def _root_url(server: service.WSGIService, conf: cfg.ConfigOpts) -> str:
    scheme = "https" if conf.wsgi.ssl_cert_file else "http"
    # The address of every interface is none to connect to.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{server.port}"


def _client() -> str:
    """The ``openstack`` command as one can type it: by its path where the shell would not find it."""
    beside = pathlib.Path(sys.executable).parent / "openstack"
    return str(beside) if shutil.which("openstack") is None and beside.exists() else "openstack"


def _greeting(root_url: str, conf: cfg.ConfigOpts) -> str:
    here = f"nova-api answers at {root_url} (state in {pathlib.Path(conf.state_path).resolve()}).\n"
    if conf.auth_strategy == "keystone":
        return here  # its users and their clouds.yaml are Keystone's
    return here + (
        "In another terminal:\n\n"
        f"  export OS_CLIENT_CONFIG_FILE={clouds.path_of(conf)}\n"
        f"  {_client()} --os-cloud demo server create --wait"
        " --image cirros --flavor m1.tiny --network private vm1\n"
        f"  {_client()} --os-cloud demo server list\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to end; returns the exit status, 2 for a mistake in the options."""
    try:
        conf = _options(sys.argv[1:] if argv is None else argv)
        nova_conf.use(conf)
        log.setup(conf)
        backend = nova_backend.of(conf)
        api = service.WSGIService("osapi_compute", conf=conf, check=workers.check)
        if api.workers > 1 and rpc.is_in_process(conf):
            raise _Mistake(
                f"osapi_compute_workers = {api.workers}, and nova-all is one process with transport_url = "
                "fake://: run nova-api, nova-scheduler and nova-compute over rabbit:// instead"
            )
        workers.require_neighbours(backend)
        root_url = _root_url(api, conf)
        _prepare(backend, root_url)
        computes = [ComputeService(backend, host) for host in hosts_of(backend)]
        # The scheduler last: it must not look for hosts before they are there.
        service.serve(api, *computes, SchedulerService(backend), workers=1)
    except workers.MISTAKES as mistake:
        return service.report(mistake)
    print(_greeting(root_url, conf), flush=True)
    return service.wait()


if __name__ == "__main__":
    sys.exit(main())
