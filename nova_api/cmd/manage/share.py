"""nova-manage share: what the embedded share service knows of."""

from __future__ import annotations

import argparse
from typing import Any

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.compute.servers.shares import PROTOCOLS
from nova_api.neighbours.shares import LocalShares


def register(subparsers: Any) -> None:
    """Adds ``share`` with its commands."""
    parser = subparsers.add_parser("share", help="tell of shared file systems that servers may have")
    commands = parser.add_subparsers(dest="share_command", required=True, metavar="COMMAND")

    one = commands.add_parser("create", help="tell of a file system that is exported somewhere")
    one.add_argument("project", help="id of the project that may give it to its servers")
    one.add_argument("export_location", help="what hosts mount, such as 10.0.0.50:/mnt/data")
    one.add_argument("--name", default="")
    one.add_argument("--protocol", choices=sorted(PROTOCOLS), default="NFS")
    one.set_defaults(func=_create)

    commands.add_parser("list", help="shares with their projects").set_defaults(func=_list)

    one = commands.add_parser("delete", help="forget a share that no server has")
    one.add_argument("id")
    one.set_defaults(func=_delete)


def _shares() -> LocalShares:
    shares = nova_backend.active().shares
    if not isinstance(shares, LocalShares):
        raise exception.Invalid("Shares are kept elsewhere: the embedded share service is not in use.")
    return shares


def _create(args: argparse.Namespace) -> int:
    values = {
        "project_id": args.project,
        "name": args.name,
        "protocol": args.protocol,
        "export_location": args.export_location,
    }
    print(_shares().create(values))
    return 0


def _list(_args: argparse.Namespace) -> int:
    for share in _shares().list():
        print(share.id, share.project_id, share.protocol, share.status, share.export_location, share.name)
    return 0


def _delete(args: argparse.Namespace) -> int:
    _shares().delete(args.id)
    return 0
