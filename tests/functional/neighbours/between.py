"""The embedded networks and volumes of another process, but for what a real service does otherwise.

``python -m tests.functional.neighbours.between ADDRESS AROUND`` serves them on ADDRESS.
"""

from __future__ import annotations

import http.server
import sys
import urllib.parse
from typing import Any

import requests


class Between(http.server.BaseHTTPRequestHandler):
    around = ""

    def _pass_on(self) -> None:
        status, reply = self._otherwise() or self._around()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def _otherwise(self) -> tuple[int, bytes] | None:
        if self.path.startswith("/network/v2.0/floatingips"):
            # Neutron without routers.
            return 404, b'{"message": "The resource could not be found."}'
        if (
            self.command == "DELETE"
            and "/attachments/" in self.path
            and "X-Service-Token" not in self.headers
        ):
            return 409, b'{"conflictingRequest": {"code": 409, "message": "Detach using the Compute API"}}'
        return None

    def _around(self) -> tuple[int, bytes]:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kept = ("X-Auth-Token", "Content-Type", "OpenStack-API-Version")
        headers = {name: self.headers[name] for name in kept if name in self.headers}
        got = requests.request(self.command, self.around + self.path, data=body, headers=headers, timeout=60)
        return got.status_code, got.content

    do_GET = do_POST = do_PUT = do_DELETE = _pass_on

    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    address, Between.around = sys.argv[1:]
    place = urllib.parse.urlsplit(address)
    http.server.ThreadingHTTPServer((str(place.hostname), int(place.port or 0)), Between).serve_forever()


if __name__ == "__main__":
    main()
