"""A filter under test: made by its real factory, around a two-line application."""

from __future__ import annotations

import pytest
import webob

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api.context import ENVIRON_KEY
from nova_api.neighbours.identity import seeding
from tests.functional import databases


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


class Remembering:
    """An application that keeps what it was asked."""

    def __init__(self, app=hello):
        self.app = app
        self.seen = []

    def __call__(self, environ, start_response):
        self.seen.append(environ)
        return self.app(environ, start_response)

    @property
    def context(self):
        return self.seen[-1].get(ENVIRON_KEY)


@pytest.fixture
def app():
    return Remembering()


@pytest.fixture
def conf(tmp_path):
    made = nova_conf.new([], config_files=[])
    made.set_override("state_path", str(tmp_path / "state"))
    with nova_conf.activate(made):
        yield made


@pytest.fixture
def backend(conf):
    made = nova_backend.of(conf)
    databases.make_tables(made.db)
    yield made
    made.db.dispose()


@pytest.fixture
def passwords(backend):
    """The first start's accounts, admin and demo, with their passwords."""
    return seeding.seed(backend.identity)


@pytest.fixture
def ask():
    """ask(app, path, method="GET", **headers) -> webob.Response; underscores in names become hyphens."""

    def request(app, path="/", method="GET", body=None, environ=None, **headers):
        made = webob.Request.blank(path, method=method, environ=environ, base_url="http://api.example")
        if body is not None:
            made.body = body
        for name, value in headers.items():
            made.headers[name.replace("_", "-")] = value
        reply = made.get_response(app)
        assert reply.body is not None  # reads it to its end, as a server does, and closes it
        return reply

    return request
