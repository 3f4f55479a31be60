"""Without a token, through the keystone pipeline: 401 on every operation, version documents apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import webob

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api.api.declare import Operation
from nova_api.db import migrate
from nova_api.wsgi.loader import Loader
from tests.functional import databases
from tests.functional.api.tenancy import things as made

#: Nobody listens there: no reply below needs Keystone.
KEYSTONE = """
[DEFAULT]
auth_strategy = keystone

[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:9/identity
auth_type = password
auth_url = http://127.0.0.1:9/identity
"""
#: A client reads these before it has a token.
OPEN = r"/|/versions/\{id\}"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    state = tmp_path_factory.mktemp("state")
    (state / "nova.conf").write_text(KEYSTONE)
    conf = nova_conf.new([], [str(state / "nova.conf")])
    conf.set_override("state_path", str(state))
    with databases.own(conf), nova_conf.activate(conf):
        backend = nova_backend.of(conf)
        migrate.upgrade(backend.db)
        yield Loader(conf).load_app("osapi_compute")
        backend.db.dispose()


@pytest.mark.parametrize("operation", [o for o in made.OPERATIONS if not re.fullmatch(OPEN, o.path)], ids=str)
def test_401(cloud: Any, operation: Operation) -> None:
    for root in ("/v2.1", "/v2", "/compute/v2.1"):
        for version in made.versions(operation):
            request = webob.Request.blank(root + made.path_of(operation, {}), method=operation.method)
            request.headers["OpenStack-API-Version"] = f"compute {version}"
            request.body = made.body_of(operation, version) or b""
            answer = request.get_response(cloud)
            assert answer.status_int == 401, f"{root} {version}: {answer.text}"
            assert answer.headers["WWW-Authenticate"]
