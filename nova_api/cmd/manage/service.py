"""nova-manage service: who works in this cloud."""

from __future__ import annotations

import argparse
from typing import Any

from nova_api import backend as nova_backend
from nova_api.db import services


def register(subparsers: Any) -> None:
    """Adds ``service`` with its command ``list``."""
    parser = subparsers.add_parser("service", help="show schedulers and compute hosts")
    commands = parser.add_subparsers(dest="service_command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="print every service, its state and its last heartbeat").set_defaults(
        func=_list
    )


def _list(args: argparse.Namespace) -> int:
    del args
    backend = nova_backend.active()
    with backend.db.reader() as conn:
        found = services.list_services(conn)
    print(f"{'Id':<5}{'Binary':<18}{'Host':<30}{'Status':<10}{'State':<7}Last seen (UTC)")
    for row in found:
        status = "disabled" if row.disabled else "enabled"
        state = "up" if row.is_up(backend.conf.service_down_time) else "down"
        seen = row.last_seen_at.isoformat(sep=" ", timespec="seconds") if row.last_seen_at else "never"
        print(f"{row.id:<5}{row.binary:<18}{row.host:<30}{status:<10}{state:<7}{seen}")
    return 0
