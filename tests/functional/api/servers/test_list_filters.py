"""Filters of ``GET /servers``: what each selects, who may use it, from which version."""

from __future__ import annotations

import datetime

import pytest

from nova_api.backend import Backend
from tests.functional.api.servers import given
from tests.functional.api.servers.test_list import ids
from tests.functional.client import Api

pytestmark = pytest.mark.databases


def names(api: Api, query: str, version: str = "2.90") -> str:
    """The names of the servers found, in alphabetical order, without spaces."""
    reply = api.get(f"/servers?{query}", version=version)
    assert reply.status_int == 200, reply.text
    return "".join(sorted(server["name"] for server in reply.json["servers"]))


@pytest.fixture
def demo_admin(api: Api) -> Api:
    """An administrator in the project that has the servers."""
    return api.as_("admin")


@pytest.fixture
def three(backend: Backend) -> None:
    """a and b and c, different in everything that can be asked for."""
    given.zone(backend, "az1", "compute2")
    given.server(
        backend, 1, name="a", hostname="alpha", host="compute2", key_name="k1", tags=("x", "y"),
        nics=[given.nic("10.0.0.1")], flavorid="1", locked_by="owner", locked_reason="r", user_id="ann",
    )  # fmt: skip
    given.server(
        backend, 2, name="b", hostname="beta", host=None, node=None, vm_state="error", power_state=0,
        nics=[given.nic("10.0.0.12"), given.nic("fd00::2")],
        config_drive=True, key_name=None, tags=("y", "z"),
        launched_at=None, flavorid="2", access_ip_v4="1.2.3.4", description="second", image_id=None,
    )  # fmt: skip
    given.server(
        backend, 3, name="c", hostname="gamma", vm_state="stopped", task_state="powering-on", power_state=4,
        nics=[given.nic("10.0.1.1")], reservation_id="r-cccccccc", launch_index=2, disk_config="AUTO",
    )  # fmt: skip


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=a", "a"),
        ("name=^[ab]$", "ab"),
        ("name=a|b", "ab"),
        ("name=A", ""),
        ("status=ACTIVE", "a"),
        ("status=error", "b"),
        ("status=ERROR&status=SHUTOFF", "bc"),
        ("status=REBOOT", ""),
        (f"image={given.IMAGE}", "ac"),
        ("flavor=1", "ac"),
        ("flavor=nosuch", ""),
        ("reservation_id=r-cccccccc", "c"),
        ("ip=10.0.0.1", "ab"),
        ("ip=10.0.0.1$", "a"),
        ("ip=0.0.1", ""),
        ("ip6=fd", "b"),
        ("ip=10.0.1&ip6=fd00::2", "bc"),
        ("tags=y", "ab"),
        ("tags=x,y", "a"),
        ("tags-any=x,z", "ab"),
        ("not-tags=x,y", "bc"),
        ("not-tags-any=x,z", "c"),
        ("tags=y&not-tags=z", "a"),
        ("locked=true", "a"),
        ("locked=False", "bc"),
        ("availability_zone=az1", "a"),
        ("availability_zone=nova", "c"),
        ("config_drive=True", "b"),
        ("config_drive=0", "ac"),
        ("key_name=k1", "a"),
        ("power_state=4", "c"),
        ("vm_state=error", "b"),
        ("vm_state=err", ""),
        ("task_state=powering-on", "c"),
        ("status=SHUTOFF&task_state=powering-on", "c"),
        ("user_id=ann", "a"),
        ("created_at=2026-01-31 12:00:02", "b"),
        ("launched_at=2026", "ac"),
        ("terminated_at=2026", ""),
        ("progress=0", "abc"),
        ("hostname=^(al|be)", "ab"),
    ],
)
def test_everybodys_filters(api: Api, query: str, found: str) -> None:
    assert names(api, query) == found


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("host=compute1", "c"),
        ("host=comp", ""),
        ("node=comp", "ac"),
        ("launch_index=2", "c"),
        ("display_name=[bc]", "bc"),
        ("description=sec", "b"),
        ("access_ip_v4=1.2", "b"),
        ("auto_disk_config=true", "c"),
        ("auto_disk_config=false", "ab"),
        ("locked_by=own", "a"),
        ("root_device_name=vda", "abc"),
        ("kernel_id=.", ""),
        ("uuid=nonsense", ""),
    ],
)
def test_administrators_filters_are_dropped_for_others(
    demo_admin: Api, api: Api, query: str, found: str
) -> None:
    assert names(demo_admin, query) == found
    assert names(api, query) == "abc"


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "since", "found"),
    [
        ("ip6=fd00::2", 5, "b"),
        ("tags=x", 26, "a"),
        ("changes-before=2026-01-31T12:00:02Z", 66, "a"),
        ("locked=1", 73, "a"),
        ("vm_state=error", 83, "b"),
        ("hostname=beta", 90, "b"),
    ],
)
def test_from_which_version_others_may(api: Api, query: str, since: int, found: str) -> None:
    assert names(api, query, f"2.{since - 1}") == "abc"
    assert names(api, query, f"2.{since}") == found


@pytest.mark.usefixtures("three")
def test_the_version_that_administrators_need(demo_admin: Api) -> None:
    assert names(demo_admin, "hostname=beta&ip6=fd", "2.1") == "b"
    assert names(demo_admin, "tags=x", "2.25") == "abc"


@pytest.mark.usefixtures("three")
def test_status_that_does_not_exist(api: Api) -> None:
    assert names(api, "status=NONSENSE", "2.37") == ""
    assert api.get("/servers?status=NONSENSE", version="2.38").status_int == 400
    assert names(api, "status=NONSENSE&status=ERROR") == "b"


def test_active_is_also_what_reboots(api: Api, backend: Backend) -> None:
    given.server(backend, name="r", task_state="rebooting")
    given.server(backend, name="a")
    assert names(api, "status=ACTIVE") == "ar"
    assert names(api, "status=REBOOT") == "r"


@pytest.mark.parametrize(
    "query",
    [
        "name=[", "name=*", "name=", "ip=(", "tags=)", "locked=perhaps", "changes-since=yesterday",
        "changes-since=2026-02-01T00:00:00Z&changes-before=2026-01-01T00:00:00Z",
        "name=(?=a)b", r"name=(a)\1", "ip=(?!1)",
    ],
)  # fmt: skip
def test_values_that_make_no_sense(api: Api, backend: Backend, query: str) -> None:
    given.server(backend)
    reply = api.get(f"/servers?{query}", version="2.90")
    assert reply.status_int == 400, reply.text
    assert query.partition("=")[0] in reply.json["badRequest"]["message"]


def test_a_hostile_pattern_does_not_stop_the_service(api: Api, backend: Backend) -> None:
    """Backtracking would try 2**60 ways here."""
    given.server(backend, name="a" * 60 + "!", nics=[given.nic("10.0.0.1")])
    assert ids(api, "?name=^(a|a)*$") == []
    assert ids(api, "?ip=(([0-9.])*)*x") == []


def test_keys_that_nobody_may_filter_by(demo_admin: Api, api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    for key in ("_uuid", "metadata", "services", "info_cache"):
        for version in ("2.1", "2.75"):
            refused = demo_admin.get(f"/servers?{key}=x", version=version)
            assert refused.status_int == 400
            assert key in refused.json["badRequest"]["message"]
            assert ids(api, f"?{key}=x", version) == [uuid]


class TestDeleted:
    """Deleted and soft-deleted servers."""

    @pytest.fixture(autouse=True)
    def _servers(self, backend: Backend) -> None:
        given.server(backend, 1, name="l")
        given.server(backend, 2, name="s", vm_state="soft-delete")
        times = {"deleted_at": given.BIRTH, "updated_at": given.BIRTH + datetime.timedelta(hours=1)}
        given.server(backend, 3, name="d", vm_state="deleted", deleted=True, **times)

    def test_are_not_listed(self, api: Api) -> None:
        assert names(api, "") == "l"
        assert names(api, "status=SOFT_DELETED") == ""

    @pytest.mark.parametrize("value", ["true", "1", "yes"])
    def test_administrators_may_ask_for_them(self, demo_admin: Api, api: Api, value: str) -> None:
        assert names(demo_admin, f"deleted={value}") == "ds"
        assert names(demo_admin, f"deleted={value}&soft_deleted=false") == "d"
        assert names(api, f"deleted={value}") == "l"

    def test_a_value_that_is_no_boolean_means_no(self, demo_admin: Api) -> None:
        assert names(demo_admin, "deleted=nonsense") == "l"

    def test_soft_deleted(self, demo_admin: Api) -> None:
        assert names(demo_admin, "soft_deleted=true") == "ls"
        assert names(demo_admin, "soft_deleted=true&status=SOFT_DELETED") == "s"

    def test_status_deleted(self, demo_admin: Api, api: Api) -> None:
        assert names(demo_admin, "status=DELETED") == "d"
        assert api.get("/servers?status=DELETED").status_int == 403

    def test_changes_tell_of_deletions_to_everybody(self, api: Api) -> None:
        assert names(api, "changes-since=2026-01-31T12:59:00Z") == "d"
        assert names(api, "changes-since=2026-01-31T12:00:00Z") == "dls"
        assert names(api, "changes-before=2026-01-31T12:00:02Z") == "l"
        assert names(api, "changes-since=2026-01-31 14:00:00%2B02:00&deleted=false") == "dls"

    def test_a_deleted_server_in_detail(self, demo_admin: Api) -> None:
        (server,) = demo_admin.get("/servers/detail?status=DELETED").json["servers"]
        assert server["status"] == "DELETED"
