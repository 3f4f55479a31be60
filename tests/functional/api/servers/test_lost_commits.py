"""A COMMIT without an answer: what it has done is not done again, and what it has not is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.db import schema
from nova_api.db.schema.commit import commits
from tests.functional.api.servers.waiting import until
from tests.functional.api.test_keypairs import ED25519
from tests.functional.client import Api
from tests.functional.databases import KINDS, scratch
from tests.instances.commit_proxy import CommitProxy, Cut


@pytest.fixture(params=[kind for kind in KINDS if kind != "sqlite"])
def proxy(request: pytest.FixtureRequest, conf: cfg.ConfigOpts) -> Iterator[CommitProxy]:
    """In front of an empty database of each kind, which ``conf`` names."""
    with scratch(request.param) as url:
        direct = sa.make_url(str(url))
        made = CommitProxy((str(direct.host), int(direct.port or 0)))
        conf.set_override(
            "connection", direct.set(port=made.port).render_as_string(hide_password=False), group="database"
        )
        yield made
        made.close()


@pytest.fixture
def backend(conf: cfg.ConfigOpts, proxy: CommitProxy) -> Iterator[nova_backend.Backend]:
    """In place of the ordinary one: behind the proxy."""
    made = nova_backend.of(conf)
    schema.metadata.create_all(made.db.engine)
    yield made
    made.db.dispose()


FLAVOR = {"name": "f", "id": "f", "ram": 1, "vcpus": 1, "disk": 1}
GROUP = {"name": "g", "policies": ["affinity"]}
KEYPAIR = {"keypair": {"name": "k", "public_key": ED25519}}
#: Repeated when a connection breaks.
REPEATED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("/os-server-groups", "server_groups", {"server_group": GROUP}),
)
#: 503 when a connection breaks before they are done.
NOT_REPEATED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("/flavors", "flavors", {"flavor": FLAVOR}),
    ("/os-keypairs", "keypairs", KEYPAIR),
    ("/os-aggregates", "aggregates", {"aggregate": {"name": "a"}}),
    ("/os-volumes", "volumes", {"volume": {"size": 1}}),
)


@pytest.mark.parametrize("how", Cut)
def test_each_thing_is_made_once(api: Api, boot: Callable[..., Any], proxy: CommitProxy, how: Cut) -> None:
    made = REPEATED if how is Cut.NEVER_SENT else (*REPEATED, *NOT_REPEATED)
    for path, name, body in made:
        before = len(api.admin.get(path).json[name])
        proxy.cut_next(how)
        assert api.admin.post(path, body).status_int in (200, 201, 202), path
        assert len(api.admin.get(path).json[name]) == before + 1, path
    proxy.cut_next(how)
    uuid = boot(version="2.37", networks="none").json["server"]["id"]
    assert [server["id"] for server in api.get("/servers").json["servers"]] == [uuid]
    actions = api.get(f"/servers/{uuid}/os-instance-actions").json["instanceActions"]
    assert [action["action"] for action in actions] == ["create"]
    assert proxy.cuts == len(made) + 1


def test_many_at_once(api: Api, boot: Callable[..., Any], proxy: CommitProxy) -> None:
    """Also what takes several rows, and what is taken away."""
    for how in Cut:
        proxy.cut_next(how)
        reply = boot(version="2.37", networks="none", min_count=3, return_reservation_id=True)
        assert reply.status_int == 202
        servers = api.get("/servers").json["servers"]
        assert len(servers) == 3
        for server in servers:
            proxy.cut_next(how)
            assert api.delete(f"/servers/{server['id']}").status_int == 204
        assert api.get("/servers").json["servers"] == []
    assert proxy.cuts == 4 * len(Cut)


def _settled(api: Api, uuid: str) -> str:
    """Its status, once nothing is being done to it."""

    def look() -> str | None:
        server = api.admin.get(f"/servers/{uuid}").json["server"]
        busy = server["status"] == "BUILD" or server["OS-EXT-STS:task_state"]
        return None if busy else str(server["status"])

    return str(until(look))


@pytest.fixture
def impatient(conf: cfg.ConfigOpts) -> None:
    """Options of work, so that what a broken connection delays is soon taken up again."""
    for name, value in (("unclaimed_after", 0.3), ("retry_interval", 0.05), ("lease", 3)):
        conf.set_override(name, value, group="work")


@pytest.mark.usefixtures("impatient", "workers")
def test_a_life_through_a_line_that_breaks(api: Api, boot: Callable[..., Any], proxy: CommitProxy) -> None:
    """One COMMIT in seven, of API, scheduler and host, loses its connection."""
    chance = random.Random(1)
    # What never came to its server is repeated by workers, and not by every request: seldom.
    weights = {None: 85, Cut.ANSWER_LOST: 12, Cut.NEVER_SENT: 3}
    proxy.choose = lambda: chance.choices(list(weights), list(weights.values()))[0]
    for _ in range(3):
        uuid = boot(version="2.37", networks="auto").json["server"]["id"]
        assert _settled(api, uuid) == "ACTIVE"
        for action, status in (("os-stop", "SHUTOFF"), ("os-start", "ACTIVE"), ("pause", "PAUSED")):
            assert api.admin.post(f"/servers/{uuid}/action", {action: None}).status_int == 202
            assert _settled(api, uuid) == status
        actions = api.admin.get(f"/servers/{uuid}/os-instance-actions").json["instanceActions"]
        assert [action["action"] for action in actions] == ["pause", "start", "stop", "create"]
        assert not any(action["message"] for action in actions)
    assert proxy.cuts > 10


def test_a_database_that_does_not_tell_is_a_503(api: Api, proxy: CommitProxy) -> None:
    """Neither 409 nor a second row: the client may look for itself."""

    def vanish() -> Cut:
        proxy.go_away()
        return Cut.NEVER_SENT

    assert api.get("/os-keypairs").status_int == 200
    proxy.choose = vanish
    reply = api.post("/os-keypairs", KEYPAIR)
    assert reply.status_int == 503
    assert reply.json["serviceUnavailable"]["message"] == str(exception.OutcomeUnknown())


def test_rows_of_connections_that_have_ended_go(api: Api, backend: nova_backend.Backend) -> None:
    with backend.db.writer() as conn:
        conn.execute(sa.insert(commits).values(connection="old", number=7, marked_at=sa.func.now()))
        conn.execute(sa.update(commits).values(marked_at="2020-01-01"))
    backend.db.dispose()
    assert api.post("/os-keypairs", KEYPAIR).status_int == 200
    with backend.db.reader() as conn:
        assert "old" not in conn.scalars(sa.select(commits.c.connection)).all()


CUT_OFF: dict[str, Any] = {
    "createImage": {"name": "cut off"},
    "createBackup": {"name": "cut off", "backup_type": "daily", "rotation": 1},
    "shelve": None,
}


@pytest.mark.parametrize("action", CUT_OFF)
@pytest.mark.usefixtures("impatient", "workers")
def test_no_image_stays_of_a_request_that_was_cut_off(
    api: Api, boot: Callable[..., Any], proxy: CommitProxy, action: str
) -> None:
    """The database goes away between the image and the transaction that was to accept the request."""
    uuid = boot(version="2.37", networks="none").json["server"]["id"]
    assert _settled(api, uuid) == "ACTIVE"
    before = api.get("/images").json["images"]
    proxy.go_away_at(b"INSERT INTO server_actions")
    with pytest.raises(db_exception.DBConnectionError):
        api.admin.post(f"/servers/{uuid}/action", {action: CUT_OFF[action]})
    proxy.come_back()
    assert len(api.admin.get("/images").json["images"]) == len(before) + 1
    until(lambda: api.admin.get("/images").json["images"] == before)
    assert _settled(api, uuid) == "ACTIVE"
    assert api.admin.post(f"/servers/{uuid}/action", {action: CUT_OFF[action]}).status_int == 202
    _settled(api, uuid)
    assert [image["status"] for image in api.admin.get("/images/detail").json["images"]] == ["ACTIVE"] * 2
