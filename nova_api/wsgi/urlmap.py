"""Sends a request to the application that is mounted at the longest prefix of its path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import webob.exc

from nova_api.wsgi.options import OptionError

_SLASHES = re.compile("//+")


def urlmap_factory(loader: Any, global_conf: Mapping[str, str], **local_conf: str) -> URLMap:
    """The ``paste.composite_factory``: each key is a path, each value the name of an application.

    ``not_found_app`` names the application for paths that nothing is mounted
    at; without it they get a plain 404.  Raises OptionError for a key that is
    no path or a path given twice.
    """
    not_found = local_conf.pop("not_found_app", None) or global_conf.get("not_found_app")
    fallback = loader.get_app(not_found, global_conf=global_conf) if not_found else None
    mounted: dict[str, WSGIApplication] = {}
    for path, name in local_conf.items():
        if not path.startswith("/"):
            raise OptionError(path, "is not a path: it must start with /")
        prefix = _SLASHES.sub("/", path).rstrip("/")
        if prefix in mounted:
            raise OptionError(path, "is mounted twice")
        mounted[prefix] = loader.get_app(name, global_conf=global_conf)
    return URLMap(mounted, fallback)


class URLMap:
    """A WSGI application over ``{prefix: application}``; the prefix "" gets what no other one takes.

    Prefixes end at a slash or the end of the path: /v2.1 does not take
    /v2.10.  The part that matched moves from PATH_INFO to SCRIPT_NAME, as in
    paste.urlmap, and doubled slashes become one.
    """

    def __init__(
        self, mounted: Mapping[str, WSGIApplication], not_found: WSGIApplication | None = None
    ) -> None:
        self.mounted = sorted(mounted.items(), key=lambda item: -len(item[0]))
        self.not_found = not_found

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if "//" in path:
            path = _SLASHES.sub("/", path)
        for prefix, app in self.mounted:
            if path == prefix or path.startswith(prefix + "/"):
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                environ["PATH_INFO"] = path[len(prefix) :]
                return app(environ, start_response)
        if self.not_found is not None:
            return self.not_found(environ, start_response)
        reply: Iterable[bytes] = webob.exc.HTTPNotFound()(environ, start_response)
        return reply
