"""nova-manage routes: what the compute API answers to."""

from __future__ import annotations

import argparse
from typing import Any


def register(subparsers: Any) -> None:
    """Adds ``routes`` with its command ``list``."""
    parser = subparsers.add_parser("routes", help="show the routes of the compute API")
    commands = parser.add_subparsers(dest="routes_command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="print every route and action with its microversions")
    listing.add_argument("resource", nargs="?", help="only the routes that begin with this, e.g. flavors")
    listing.set_defaults(func=_list)


def _list(args: argparse.Namespace) -> int:
    # Imported when it is asked for: the whole API takes longer to load than most commands to run.
    from nova_api.api import inventory

    found = [entry for entry in inventory.entries() if args.resource in (None, entry.resource)]
    if not found:
        print(f"There is no route that begins with /{args.resource}.")
        return 1
    routes = [f"{entry.path} {entry.action}".rstrip() for entry in found]
    width = max(map(len, routes))
    print(f"{'Method':<7}{'Route and action':<{width}}  {'Versions':<11}{'Success':<10}Policy")
    for entry, route in zip(found, routes, strict=True):
        line = f"{entry.method:<7}{route:<{width}}  {entry.versions:<11}{entry.success:<10}{entry.policy}"
        print(line.rstrip())
    return 0
