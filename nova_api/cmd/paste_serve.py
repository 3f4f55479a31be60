"""What ``nova-manage paste serve`` becomes: one application of one ini behind our Server.

It is a program of its own, because eventlet's patch has to come before all
other imports.
"""

from __future__ import annotations

from nova_api.cmd import patch

patch.apply()

import argparse
import os
import sys
from collections.abc import Sequence

from nova_api import conf as nova_conf
from nova_api import service
from nova_api.conf import log
from nova_api.conf.service import listen_opts
from nova_api.wsgi.loader import Loader


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT; returns the exit status, 2 for a mistake in options or ini."""
    parser = argparse.ArgumentParser(prog="nova-manage paste serve")
    parser.add_argument("file")
    parser.add_argument("name")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state-path", required=True)
    args, rest = parser.parse_known_args(argv)
    sys.path += [os.getcwd(), os.path.dirname(os.path.abspath(args.file))]
    try:
        conf = nova_conf.new(rest)
        nova_conf.use(conf)
        conf.set_override("state_path", args.state_path)
        log.setup(conf)
        conf.register_opts(listen_opts(args.name))
        for option, value in (("listen", args.host), ("listen_port", args.port), ("workers", 0)):
            conf.set_override(f"{args.name}_{option}", value)
        served = service.WSGIService(args.name, loader=Loader(conf, args.file), conf=conf)
        service.serve(served)
    except service.MISTAKES as mistake:
        return service.report(mistake)
    shown = f"[{served.host}]" if ":" in served.host else served.host
    print(f"Serving {args.name} of {args.file} at http://{shown}:{served.port}/ (Ctrl-C ends it)", flush=True)
    return service.wait()


if __name__ == "__main__":
    sys.exit(main())
