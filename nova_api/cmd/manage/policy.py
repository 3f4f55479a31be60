"""nova-manage policy: who may do what unless the operator says otherwise."""

from __future__ import annotations

import argparse
from typing import Any


def register(subparsers: Any) -> None:
    """Adds ``policy`` with its command ``list``."""
    parser = subparsers.add_parser("policy", help="show the default policies")
    commands = parser.add_subparsers(dest="policy_command", required=True, metavar="COMMAND")
    commands.add_parser(
        "list", help="print every policy, what it guards and its default, as a policy.yaml to edit"
    ).set_defaults(func=_list)


def _list(args: argparse.Namespace) -> int:
    del args
    # Imported when it is asked for: the whole API takes longer to load than most commands to run.
    from nova_api.api import inventory, policy

    guarded = inventory.routes_of_policies(inventory.entries())
    blocks = []
    for rule in policy.declared():
        about = [rule.description, *guarded.get(rule.name, ())]
        blocks.append("".join(f"# {line}\n" for line in about) + f'#"{rule.name}": "{rule.check_str}"')
    print("\n\n".join(blocks))
    return 0
