"""nova-manage neighbours: whether the services that this one leans on can be used."""

from __future__ import annotations

import argparse
from typing import Any

from nova_api import conf as nova_conf


def register(subparsers: Any) -> None:
    """Adds ``neighbours`` with its command ``check``."""
    parser = subparsers.add_parser("neighbours", help="try images, networks and volumes of other services")
    commands = parser.add_subparsers(dest="neighbours_command", required=True, metavar="COMMAND")
    commands.add_parser("check", help="ask each service for something, as the service user").set_defaults(
        func=_check
    )


def _check(args: argparse.Namespace) -> int:
    """Prints a line for each; status 1 when one cannot be used."""
    del args
    from nova_api.neighbours.remote.check import check

    findings = list(check(nova_conf.active()))
    for finding in findings:
        print(f"{finding.name:<9} {'good' if finding.good else 'BAD '}  {' '.join(finding.text.split())}")
    return 0 if all(finding.good for finding in findings) else 1
