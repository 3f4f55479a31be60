"""nova-manage account: users of the embedded identity service."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.neighbours.identity import LocalIdentity, Scope, User
from nova_api.neighbours.identity.accounts import generated_password


def register(subparsers: Any) -> None:
    """Adds ``account`` with its commands."""
    parser = subparsers.add_parser("account", help="make, list and remove accounts of the embedded identity")
    commands = parser.add_subparsers(dest="account_command", required=True, metavar="COMMAND")

    one = commands.add_parser("create", help="make a user with a project and roles there")
    one.add_argument("name")
    one.add_argument("--project", help="project, made when missing (default: named like the user)")
    one.add_argument("--role", action="append", help="role, may be repeated (default: member and reader)")
    one.add_argument("--password", help="- asks for it (default: one is generated and printed)")
    one.set_defaults(func=_create)

    commands.add_parser("list", help="users with their roles").set_defaults(func=_list)

    one = commands.add_parser("token", help="print a token of a user, to send as X-Auth-Token")
    one.add_argument("name")
    one.add_argument("--project", help="project by name (default: the user's own)")
    one.set_defaults(func=_token)

    one = commands.add_parser("password", help="change a user's password; ends the user's tokens")
    one.add_argument("name")
    one.add_argument("--password", help="- asks for it (default: one is generated and printed)")
    one.set_defaults(func=_password)

    one = commands.add_parser("delete", help="remove a user; ends the user's tokens")
    one.add_argument("name")
    one.set_defaults(func=_delete)


def _identity() -> LocalIdentity:
    identity = nova_backend.active().identity
    if not isinstance(identity, LocalIdentity):
        raise exception.Invalid("Accounts are kept elsewhere: the embedded identity service is not in use.")
    return identity


def _user(identity: LocalIdentity, name: str) -> User:
    for user in identity.users(name):
        return user
    raise exception.UserNotFound(user_id=name)


def _given_password(args: argparse.Namespace) -> str | None:
    if args.password != "-":
        return str(args.password) if args.password else None
    if sys.stdin.isatty():
        return getpass.getpass()
    return sys.stdin.readline().rstrip("\n")


def _create(args: argparse.Namespace) -> int:
    given = _given_password(args)
    roles = args.role or ("member", "reader")
    user, project, password = _identity().create_account(args.name, given, project=args.project, roles=roles)
    print(f"user {user.name} {user.id}")
    print(f"project {project.name} {project.id}")
    print(f"roles {' '.join(roles)}")
    if given is None:
        print(f"password {password}")
    return 0


def _list(args: argparse.Namespace) -> int:
    del args
    identity = _identity()
    roles: dict[str, dict[str, list[str]]] = {}
    for assignment in identity.assignments():
        roles.setdefault(assignment.user[0], {}).setdefault(assignment.project[1], []).append(
            assignment.role[1]
        )
    for user in identity.users():
        where = [f"{project}: {', '.join(names)}" for project, names in roles.get(user.id, {}).items()]
        state = "" if user.enabled else " (disabled)"
        print(f"{user.name}{state}  {user.id}  {'; '.join(where) or 'no roles'}")
    return 0


def _token(args: argparse.Namespace) -> int:
    identity = _identity()
    text, _ = identity.issue(_user(identity, args.name), Scope(project_name=args.project))
    print(text)
    return 0


def _password(args: argparse.Namespace) -> int:
    identity = _identity()
    given = _given_password(args)
    password = given or generated_password()
    identity.update_user(_user(identity, args.name).id, password=password)
    if given is None:
        print(f"password {password}")
    return 0


def _delete(args: argparse.Namespace) -> int:
    identity = _identity()
    identity.delete_user(_user(identity, args.name).id)
    return 0
