"""Identity: who asks.  ``from_conf`` gives the implementation that the options ask for."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.db import Database
from nova_api.neighbours.identity.interface import Identity, Project, Role, Scope, Token, User
from nova_api.neighbours.identity.local import LocalIdentity
from nova_api.neighbours.identity.seeding import seed

__all__ = ["Identity", "LocalIdentity", "Project", "Role", "Scope", "Token", "User", "from_conf", "seed"]


def from_conf(conf: cfg.ConfigOpts, db: Database) -> LocalIdentity:
    """The embedded identity service over ``db``."""
    return LocalIdentity(conf, db)
