"""nova-manage paste: check, show and serve a Paste Deploy ini."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from nova_api import conf as nova_conf
from nova_api.wsgi.check import check
from nova_api.wsgi.inventory import draw
from nova_api.wsgi.loader import Loader, PasteError

#: Also from a checkout that is not installed, and from any folder.
_SERVER = f"""
import sys
sys.path.append({str(nova_conf.ROOT)!r})
from nova_api.cmd.paste_serve import main
sys.exit(main())
"""


def register(subparsers: Any) -> None:
    """Adds ``paste`` with its three commands."""
    parser = subparsers.add_parser("paste", help="check, show or serve a Paste Deploy ini")
    commands = parser.add_subparsers(dest="paste_command", required=True, metavar="COMMAND")

    one = commands.add_parser("check", help="find what is wrong with an ini, without starting it")
    one.add_argument("file", nargs="?", help="the ini; default: the one that nova-api would load")
    one.set_defaults(func=_one_line(_check))

    one = commands.add_parser("show", help="draw what an ini makes: paths, filters, applications, options")
    one.add_argument("file", nargs="?", help="the ini; default: the one that nova-api would load")
    one.add_argument("--name", default="osapi_compute", help="the application to draw (default: %(default)s)")
    one.set_defaults(func=_one_line(_show))

    one = commands.add_parser("serve", help="serve an application of any ini over HTTP")
    one.add_argument("file", help="the ini")
    one.add_argument("name", nargs="?", default="main", help="the application (default: %(default)s)")
    one.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    one.add_argument("--port", type=int, default=8080, help="port; 0 takes a free one (default: %(default)s)")
    one.set_defaults(func=_one_line(_serve))


def _one_line(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """``command``, ending with one line on standard error and status 2 for a mistake in ini or options."""

    def run(args: argparse.Namespace) -> int:
        # What libraries warn about while they are only being made would bury the one line.
        logging.disable(logging.CRITICAL)
        try:
            return command(args)
        except (PasteError, cfg.Error) as error:
            print(" ".join(str(error).split()), file=sys.stderr)
            return 2
        finally:
            logging.disable(logging.NOTSET)

    return run


def _loader(path: str | None) -> Loader:
    """The loader; modules that lie in this folder or beside the ini can be imported from it."""
    try:
        conf = nova_conf.active()
    except LookupError:
        conf = nova_conf.new()
    loader = Loader(conf, path)
    # At the end, so that a file called json.py there does not stand in for Python's own.
    for folder in (os.getcwd(), os.path.dirname(os.path.abspath(loader.path))):
        if folder not in sys.path:
            sys.path.append(folder)
    return loader


def _check(args: argparse.Namespace) -> int:
    loader = _loader(args.file)
    made = check(loader.conf, loader.path)
    print(f"{loader.path} is fine: {made} sections load.")
    return 0


def _show(args: argparse.Namespace) -> int:
    loader = _loader(args.file)
    _, tree = loader.load(args.name)
    print(loader.path)
    for line in draw(tree):
        print(line)
    return 0


def _serve(args: argparse.Namespace) -> int:
    loader = _loader(args.file)
    loader.load_app(args.name)  # a mistake is told here, before the program changes
    # -P: a file called json.py in this folder must not stand in for Python's own.
    program = [sys.executable, "-P", "-c", _SERVER, args.file, args.name]
    program += [f"--host={args.host}", f"--port={args.port}", f"--state-path={loader.conf.state_path}"]
    program += [f"--config-file={path}" for path in loader.conf.config_file or ()]
    sys.stdout.flush()
    # In this one's place, so that it has its pid and gets its signals.
    os.execv(sys.executable, program)
