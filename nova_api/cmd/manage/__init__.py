"""nova-manage: what operators do besides starting and stopping programs."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import sqlalchemy.exc
from oslo_config import cfg
from oslo_db import exception as db_exception

from nova_api import conf as nova_conf
from nova_api import exception
from nova_api.db import migrate

#: Modules of this package, in the order of the help; each has ``register(subparsers)``, which adds a
#: command whose parser sets ``func`` to a callable of the parsed arguments that returns the exit status.
COMMANDS = (
    "db",
    "reset",
    "service",
    "account",
    "share",
    "neighbours",
    "paste",
    "policy",
    "routes",
    "coverage",
    "openapi",
)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    made = argparse.ArgumentParser(prog="nova-manage", description="Manages a nova-api installation.")
    made.add_argument(
        "--config-file",
        action="append",
        help="options file; may be given several times (default: /etc/nova-api/nova.conf, if it is there)",
    )
    made.add_argument("--state-path", help="folder that keeps everything (default: var)")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"{__name__}.{name}").register(commands)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status, 2 for a mistake in the options."""
    args = parser().parse_args(sys.argv[1:] if argv is None else argv)
    try:
        conf = nova_conf.new([], args.config_file)
        if args.state_path:
            conf.set_override("state_path", args.state_path)
        with nova_conf.activate(conf):
            return int(args.func(args))
    except (
        cfg.Error,
        db_exception.DBConnectionError,
        sqlalchemy.exc.ArgumentError,
        migrate.NotMigrated,
    ) as mistake:
        print(f"nova-manage: {' '.join(str(mistake).split())}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever reads (head, less) has seen enough; the interpreter's last flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except exception.NovaError as error:
        print(f"nova-manage: {error}", file=sys.stderr)
        return 1
