from __future__ import annotations

from tests.functional.client import Api


def test_list_is_sorted_and_fixed(api: Api) -> None:
    extensions = api.get("/extensions").json["extensions"]
    assert len(extensions) == 99
    assert extensions[0]["alias"] == "NMN"


def test_legacy_has_one_more(api: Api) -> None:
    aliases = [e["alias"] for e in api.get("/extensions", root="/v2").json["extensions"]]
    assert len(aliases) == 100
    assert "OS-EXT-VIF-NET" in aliases


def test_show_and_unknown(api: Api) -> None:
    assert api.get("/extensions/os-hosts").json["extension"]["name"] == "Hosts"
    missing = api.get("/extensions/nope")
    assert missing.status_int == 404
    assert missing.json["itemNotFound"]["code"] == 404


def test_unknown_query_key_is_refused_from_2_102(api: Api) -> None:
    assert api.get("/extensions?x=1", version="2.101").status_int == 200
    assert api.get("/extensions?x=1", version="2.102").status_int == 400
