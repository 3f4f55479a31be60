"""The accounts of a first start, and of a world that somebody describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nova_api.neighbours.identity.local import LocalIdentity

#: Roles that the policies speak of; the order is that of growing rights.
ROLES = ("reader", "member", "admin")

FIRST_START: Sequence[Mapping[str, Any]] = (
    {"name": "admin", "project": "admin", "roles": ("admin", "member", "reader")},
    {"name": "demo", "project": "demo", "roles": ("member", "reader")},
)


def seed(identity: LocalIdentity, accounts: Sequence[Mapping[str, Any]] | None = None) -> dict[str, str]:
    """Makes ``accounts`` where they are missing; returns the passwords of those it made, by user name.

    An account is ``{"name", "password"?, "user_id"?, "project"?, "project_id"?,
    "roles"?}``, as ``create_account`` takes it; None means admin and demo.
    Accounts that exist (by name) are left alone, so a second start changes
    nothing and returns nothing.
    """
    for role in ROLES:
        identity.ensure_role(role)
    made: dict[str, str] = {}
    for account in FIRST_START if accounts is None else accounts:
        if identity.users(account["name"]):
            continue
        _, _, made[account["name"]] = identity.create_account(**account)
    identity.forget()
    return made
