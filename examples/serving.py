"""Serves one WSGI application for the examples, with the server of the standard library."""

from __future__ import annotations

import argparse
import sys
from wsgiref.simple_server import WSGIServer, make_server
from wsgiref.types import WSGIApplication


class QuickRestart(WSGIServer):
    """May take a port that was in use a moment ago."""

    allow_reuse_address = True


def main(app: WSGIApplication, path: str) -> None:
    """Serves ``app`` on 127.0.0.1 until Ctrl-C; prints the command that asks it for ``path``.

    ``--port N`` chooses the port (0: any free one, which the printed line names).
    """
    parser = argparse.ArgumentParser(prog=sys.argv[0])
    parser.add_argument("--port", type=int, default=8080)
    options = parser.parse_args()
    with make_server("127.0.0.1", options.port, app, server_class=QuickRestart) as server:
        print(f"Serving. Try:  curl -i 'http://127.0.0.1:{server.server_port}{path}'", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")
