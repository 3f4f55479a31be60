"""nova-manage db: the schema of the database."""

from __future__ import annotations

import argparse
from typing import Any

from nova_api import backend as nova_backend
from nova_api.db import migrate


def register(subparsers: Any) -> None:
    """Adds ``db`` with its two commands."""
    parser = subparsers.add_parser("db", help="create the database's schema, or bring it up to date")
    commands = parser.add_subparsers(dest="db_command", required=True, metavar="COMMAND")
    commands.add_parser("sync", help="bring the schema to this release's version").set_defaults(func=_sync)
    commands.add_parser("version", help="print the schema's version").set_defaults(func=_version)


def _sync(args: argparse.Namespace) -> int:
    del args
    db = nova_backend.active().db
    changed = migrate.upgrade(db)
    print(f"{'Now' if changed else 'Already'} at version {migrate.current(db)}.")
    return 0


def _version(args: argparse.Namespace) -> int:
    """Prints version and newest; status 1 when they differ."""
    del args
    found, newest = migrate.current(nova_backend.active().db), migrate.latest()
    print(f"{found or 'none'} (this release: {newest})")
    return 0 if found == newest else 1
