"""Images that the hosts of an aggregate fetch before they are needed."""

from __future__ import annotations

import pathlib

from nova_api import backend as nova_backend
from nova_api.context import admin
from nova_api.db.schema.work import work_items
from tests.functional.api.servers.placement.test_zones import aggregate
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api


def unfinished(backend: nova_backend.Backend) -> bool:
    with backend.db.reader() as conn:
        return conn.execute(work_items.select()).first() is not None


def test_living_hosts_of_the_aggregate_fetch_the_images(
    hosts: tuple[str, ...], stocked: nova_backend.Backend, api: Api, image_id: str
) -> None:
    del hosts
    fast = aggregate(api, "fast", "alpha", "beta")
    down = {"host": "beta", "binary": "nova-compute", "forced_down": True}
    assert api.admin.put("/os-services/force-down", down, version="2.11").status_int == 200
    nowhere = "11111111-2222-3333-4444-555555555555"
    asked = {"cache": [{"id": nowhere}, {"id": image_id}]}
    reply = api.admin.post(f"/os-aggregates/{fast}/images", asked, version="2.81")
    assert reply.status_int == 202

    folder = pathlib.Path(stocked.conf.state_path) / "fake-images"
    kept = folder / "alpha" / image_id
    until(kept.exists)
    assert kept.read_bytes() == b"".join(stocked.images.download(admin(), image_id))
    assert [path.name for path in folder.iterdir()] == ["alpha"]
    assert [path.name for path in kept.parent.iterdir()] == [image_id]

    # Once is enough: what is here is not fetched again.
    before = kept.stat().st_mtime_ns
    assert api.admin.post(f"/os-aggregates/{fast}/images", asked, version="2.81").status_int == 202
    until(lambda: not unfinished(stocked))
    assert kept.stat().st_mtime_ns == before
