"""A backend with the neighbours' tables, on SQLite and on the servers that this machine has."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import requests

from nova_api import backend, conf
from nova_api.context import RequestContext
from nova_api.db.schema import metadata
from nova_api.neighbours import identity, images, networks, volumes
from nova_api.wsgi.loader import Loader
from tests.functional import databases

OWN_TABLES = [
    table
    for table in metadata.sorted_tables
    if table.name.startswith(("commits", "identity_", "image", "neighbour_", "network_", "share_", "volume"))
]


def make_backend(state: pathlib.Path, connection: str | None = None) -> backend.Backend:
    args = [f"--config-file={state / 'nova.conf'}"]
    lines = ["[DEFAULT]", f"state_path = {state}", "[neighbours]", "password_hash_cost = 4"]
    if connection is not None:
        lines += ["[database]", f"connection = {connection}", "max_pool_size = 20"]
    state.mkdir(parents=True, exist_ok=True)
    (state / "nova.conf").write_text("\n".join(lines))
    made = backend.of(conf.new(args))
    metadata.create_all(made.db.engine, tables=OWN_TABLES)
    return made


@pytest.fixture
def nova(tmp_path: pathlib.Path) -> Iterator[backend.Backend]:
    """On SQLite."""
    made = make_backend(tmp_path)
    yield made
    made.db.dispose()


@pytest.fixture(scope="session", params=databases.KINDS)
def _anywhere(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[backend.Backend]:
    """One database of each kind for all tests: making the tables takes seconds."""
    with databases.scratch(request.param) as url:
        made = make_backend(tmp_path_factory.mktemp(request.param), url)
        yield made
        made.db.dispose()


@pytest.fixture
def nova_everywhere(_anywhere: backend.Backend) -> backend.Backend:
    """On each kind of database, empty."""
    for service in (_anywhere.networks, _anywhere.images, _anywhere.identity, _anywhere.volumes):
        service.clear()
    return _anywhere


INI = """
[composite:main]
use = call:nova_api.wsgi.urlmap:urlmap_factory
/identity = identity
/image = image
/network = network
/volume = volume
/share = share

[pipeline:identity]
pipeline = faultwrap identity_app

[pipeline:image]
pipeline = faultwrap auth image_app

[pipeline:network]
pipeline = faultwrap auth network_app

[pipeline:volume]
pipeline = faultwrap auth volume_app

[pipeline:share]
pipeline = faultwrap auth share_app

[filter:faultwrap]
paste.filter_factory = nova_api.wsgi.filters.faultwrap:FaultWrap.factory

[filter:auth]
paste.filter_factory = nova_api.wsgi.filters.auth:Auth.factory

[app:identity_app]
paste.app_factory = nova_api.api.identity:IdentityRouter.factory

[app:image_app]
paste.app_factory = nova_api.api.image:ImageRouter.factory

[app:network_app]
paste.app_factory = nova_api.api.network:NetworkRouter.factory

[app:volume_app]
paste.app_factory = nova_api.api.volume:VolumeRouter.factory

[app:share_app]
paste.app_factory = nova_api.api.share:ShareRouter.factory
"""


class ThreadedServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@dataclasses.dataclass
class Cloud:
    """The neighbours behind real HTTP, as a first start leaves them."""

    url: str
    passwords: dict[str, str]
    nova: backend.Backend

    def token(self, user: str = "demo") -> str:
        return self.nova.identity.authenticate_key(user, self.passwords[user])[0]

    def call(self, method: str, path: str, user: str | None = "demo", **options: object) -> requests.Response:
        headers = dict(options.pop("headers", {}))
        if user is not None:
            headers.setdefault("X-Auth-Token", self.token(user))
        return requests.request(method, self.url + path, headers=headers, timeout=20, **options)

    def clouds_yaml(self, folder: pathlib.Path) -> pathlib.Path:
        clouds = {
            name: {
                "region_name": "RegionOne",
                "auth": {
                    "auth_url": f"{self.url}/identity/v3",
                    "username": name,
                    "password": password,
                    "project_name": name,
                    "user_domain_name": "Default",
                    "project_domain_name": "Default",
                },
            }
            for name, password in self.passwords.items()
        }
        path = folder / "clouds.yaml"
        path.write_text(json.dumps({"clouds": clouds}))
        return path


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("cloud")
    with databases.scratch(databases.CHOSEN) as url:
        made = make_backend(state, url)
        networks.seed(made.networks)
        images.seed(made.images)
        volumes.seed(made.volumes, types=[{"name": "standard"}], zone="nova")
        passwords = identity.seed(made.identity)
        (state / "paste.ini").write_text(INI)
        app = Loader(made.conf, str(state / "paste.ini")).load_app("main")
        server = make_server("127.0.0.1", 0, app, ThreadedServer, QuietHandler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield Cloud(f"http://127.0.0.1:{server.server_port}", passwords, made)
        server.shutdown()
        server.server_close()
        made.db.dispose()


@pytest.fixture
def member() -> RequestContext:
    return RequestContext(user_id="u1", project_id="p1", roles=["member", "reader"])


@pytest.fixture
def stranger() -> RequestContext:
    return RequestContext(user_id="u2", project_id="p2", roles=["member", "reader"])


@pytest.fixture
def administrator() -> RequestContext:
    return RequestContext(user_id="a", project_id="pa", roles=["admin", "member", "reader"])
