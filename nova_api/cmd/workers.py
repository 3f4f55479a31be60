"""What the programs that do work have in common: a database that is ready, and mistakes told in one line."""

from __future__ import annotations

import importlib.util

import sqlalchemy.exc
from oslo_config import cfg
from oslo_db import exception as db_exception

from nova_api import backend as nova_backend
from nova_api import rpc, service
from nova_api.backend import Backend
from nova_api.db import migrate


class NoLibrary(Exception):
    """An option needs a library that is not installed."""


#: Mistakes of an operator, told in one line and exit status 2; anything else is a bug.
MISTAKES = (
    *service.MISTAKES,
    rpc.NeedsBroker,
    migrate.NotMigrated,
    NoLibrary,
    db_exception.DBConnectionError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.ArgumentError,
)


def check(conf: cfg.ConfigOpts) -> None:
    """What a reload asks of options that have been read again: raises as ``require_neighbours`` does."""
    require_neighbours(nova_backend.of(conf))


def require_neighbours(backend: Backend) -> None:
    """Raises ``Misconfigured``, or ``NoLibrary``, when the options of another service cannot work.

    Nobody is asked: a service that is down when this one starts may be up when
    it is needed.  ``nova-manage neighbours check`` asks.
    """
    for name in ("images", "networks", "volumes"):
        getattr(backend, name)
    if backend.conf.auth_strategy == "keystone":
        from keystonemiddleware import auth_token

        for group, options in auth_token.list_opts():
            backend.conf.register_opts(options, group=group)
        cached = backend.conf.keystone_authtoken.memcached_servers
        if cached and importlib.util.find_spec("memcache") is None:
            raise NoLibrary(
                "[keystone_authtoken] memcached_servers needs the library python-memcached: "
                "pip install 'nova-api[memcached]'"
            )
