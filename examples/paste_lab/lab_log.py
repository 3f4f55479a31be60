"""A filter with options: one class, its factory beside it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

TRUE = frozenset({"1", "on", "true", "yes"})
FALSE = frozenset({"0", "off", "false", "no"})


class LogFilter:
    """Writes one line to standard error for each request that passes.

    :param app: the application below
    :param prefix: first word of the line
    :param show_query: whether the query string is part of the line
    """

    def __init__(self, app: WSGIApplication, prefix: str = "log", show_query: bool = False) -> None:
        self.app = app
        self.prefix = prefix
        self.show_query = show_query

    @classmethod
    def factory(cls, global_conf: dict[str, str], **options: str) -> Callable[[WSGIApplication], LogFilter]:
        """Paste Deploy's filter_factory: options of the section in, a function of the application out.

        Values of an ini are strings; what they mean is settled here, once, while loading.
        """
        del global_conf
        unknown = set(options) - {"prefix", "show_query"}
        if unknown:
            raise ValueError(f"unknown option {sorted(unknown)[0]}")
        show_query = options.get("show_query", "false").lower()
        if show_query not in TRUE | FALSE:
            raise ValueError(f"show_query must be true or false, not {show_query!r}")
        return lambda app: cls(app, options.get("prefix", "log"), show_query in TRUE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        seen: list[str] = []

        def note_status(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seen.append(status)
            return start_response(status, headers, *rest)

        body = self.app(environ, note_status)
        where = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
        if self.show_query and environ.get("QUERY_STRING"):
            where += "?" + environ["QUERY_STRING"]
        status = seen[-1] if seen else "(not said yet)"
        took = (time.perf_counter() - began) * 1000
        print(
            f"{self.prefix}: {environ['REQUEST_METHOD']} {where} {status} {took:.1f} ms",
            file=sys.stderr,
            flush=True,
        )
        return body
