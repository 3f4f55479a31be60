"""Factories that the inis of the paste tests name."""

from __future__ import annotations

import json


def _reply(start_response, payload):
    body = json.dumps(payload).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class Echo:
    """Says who it is, with which options, and what path it saw."""

    def __init__(self, global_conf, options):
        self.global_conf = dict(global_conf)
        self.options = options

    def __call__(self, environ, start_response):
        seen = {
            "script": environ["SCRIPT_NAME"],
            "path": environ["PATH_INFO"],
            "options": self.options,
            "global": self.global_conf,
            "trail": environ.get("trail", []),
            "id": id(self),
        }
        return _reply(start_response, seen)


def echo_factory(global_conf, **options):
    return Echo(global_conf, options)


def strict_factory(global_conf, colour, size="1"):
    return Echo(global_conf, {"colour": colour, "size": int(size)})


class Trail:
    """Adds its mark to what the request has passed."""

    def __init__(self, app, mark):
        self.app = app
        self.mark = mark

    def __call__(self, environ, start_response):
        environ["trail"] = [*environ.get("trail", []), self.mark]
        return self.app(environ, start_response)


def trail_factory(global_conf, mark="-"):
    return lambda app: Trail(app, mark)


def trail_app_factory(app, global_conf, mark="-"):
    return Trail(app, mark)


def nothing_factory(global_conf):
    return None


def broken_factory(global_conf, **options):
    raise RuntimeError("the disk is full\nand more")


def two_of(loader, global_conf, first, second):
    """A composite of somebody else: `first` answers /1…, `second` the rest."""
    one, two = loader.get_app(first, global_conf=global_conf), loader.get_app(second, global_conf=global_conf)
    return lambda environ, start: (one if environ["PATH_INFO"].startswith("/1") else two)(environ, start)


not_callable = 42
