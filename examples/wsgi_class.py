"""A WSGI application as a class: made once with its options, called once a request.

An instance remembers.  Its options are set while the service is being put
together; every request after that finds them ready.  Applications and filters
of nova_api have this shape, with one more classmethod, ``factory``, through
which Paste Deploy hands the options of an ini section to the constructor.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import serving


class Greeter:
    """Greets, and says how many visits there have been.

    :param greeting: the word before the name
    """

    def __init__(self, greeting: str = "Hello") -> None:
        self.greeting = greeting
        self._visits = 0
        # One instance serves all requests, perhaps several at a time.
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            self._visits += 1
            visit = self._visits
        name = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace").strip("/") or "world"
        body = f"{self.greeting}, {name}. Visit {visit}.\n".encode()
        start_response(
            "200 OK", [("Content-Type", "text/plain; charset=UTF-8"), ("Content-Length", str(len(body)))]
        )
        return [body]


if __name__ == "__main__":
    serving.main(Greeter(greeting="Good morning"), "/Ada")
