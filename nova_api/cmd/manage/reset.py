"""nova-manage reset: back to the first start."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from nova_api import backend as nova_backend
from nova_api import clouds, seed
from nova_api.db import migrate


def register(subparsers: Any) -> None:
    """Adds ``reset``."""
    parser = subparsers.add_parser(
        "reset", help="delete every server, image, network and account; begin as at the first start"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(func=_reset)


def _reset(args: argparse.Namespace) -> int:
    backend = nova_backend.active()
    if not args.yes and sys.stdin.isatty():
        answer = input(f"Delete everything in {backend.db.engine.url.render_as_string()}? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was changed.")
            return 1
    migrate.upgrade(backend.db)
    path = clouds.path_of(backend.conf)
    if not path.exists():
        # The passwords are kept there; nova-all corrects the address when it starts.
        conf = backend.conf
        url = f"http://{conf.osapi_compute_listen}:{conf.osapi_compute_listen_port}"
        clouds.write(path, url, seed.passwords_of(backend), conf.neighbours.region)
    seed.reset(backend)
    print("As at the first start.")
    return 0
