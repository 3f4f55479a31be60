"""The compute API in process: fresh state directory, fresh database, real controllers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api.api.router import APIRouter
from nova_api.context import ENVIRON_KEY, RequestContext
from tests.conformance import recorder
from tests.functional import databases
from tests.functional.client import Api


class TokenNames:
    """Stands for the noauth filter: a token ``user:project[:roles]`` says who asks."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        user, project, *roles = environ["HTTP_X_AUTH_TOKEN"].split(":")
        names = (
            roles[0].split(",")
            if roles
            else (["admin", "member", "reader"] if user == "admin" else ["member", "reader"])
        )
        environ[ENVIRON_KEY] = RequestContext(user_id=user, project_id=project, roles=names)
        prefix = next(p for p in self.app if environ["PATH_INFO"].startswith(p))
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = prefix, environ["PATH_INFO"][len(prefix) :]
        return self.app[prefix](environ, start_response)


@pytest.fixture
def conf(tmp_path: Any) -> Iterator[cfg.ConfigOpts]:
    made = nova_conf.new([], [])
    made.set_override("state_path", str(tmp_path / "state"))
    with nova_conf.activate(made):
        yield made


@pytest.fixture
def backend(conf: cfg.ConfigOpts) -> Iterator[nova_backend.Backend]:
    made = nova_backend.of(conf)
    databases.make_tables(made.db)
    yield made
    made.db.dispose()


@pytest.fixture
def app(backend: nova_backend.Backend) -> Any:
    new, old = APIRouter.factory({}, microversions="true"), APIRouter.factory({}, microversions="false")
    return recorder.recording(TokenNames({"/v2.1": new, "/v2": old, "/v1.1": old}), filters=False)


@pytest.fixture
def api(app: Any) -> Api:
    return Api(app)
