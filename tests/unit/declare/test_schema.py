from __future__ import annotations

import pytest

from nova_api.api.declare import LEGACY, Array, Object, Param, Query, QueryParam, Validator, Version, wrap
from nova_api.api.declare import types as t
from nova_api.api.declare.schema import Invalid

THING = Validator(
    wrap(
        "thing",
        Object(
            Param("name", t.NAME, required=True, legacy=t.PADDED_NAME),
            Param("tags", Array(t.TAG), since="2.52"),
            Param("networks", Array(Object(Param("uuid", t.UUID), Param("tag", t.TAG, since="2.42")))),
            Param("networks_mode", {"enum": ["auto"]}, required="2.37"),
            Param("size", t.integer(1, 10)),
        ),
    )
)


def refusal(body: object, minor: int) -> str:
    with pytest.raises(Invalid) as caught:
        THING.validate(body, Version(minor))
    return str(caught.value)


def test_accepts_in_the_window() -> None:
    THING.validate({"thing": {"name": "a"}}, Version(1))
    THING.validate({"thing": {"name": "a", "tags": ["x"], "networks_mode": "auto"}}, Version(52))


def test_an_unknown_key_says_which_version_it_needs() -> None:
    assert "'tags' needs microversion 2.52 or later; this request used 2.1" in refusal(
        {"thing": {"name": "a", "tags": []}}, 1
    )


def test_the_hint_reaches_into_lists() -> None:
    body = {"thing": {"name": "a", "networks": [{"tag": "x"}]}}
    assert "'tag' needs microversion 2.42 or later" in refusal(body, 1)


def test_a_misspelt_key_gets_a_suggestion() -> None:
    assert "did you mean 'name'?" in refusal({"thing": {"name": "a", "nam": "b"}}, 1)


def test_required_from_a_version_on() -> None:
    THING.validate({"thing": {"name": "a"}}, Version(36))
    assert "networks_mode" in refusal({"thing": {"name": "a"}}, 37)


@pytest.mark.parametrize("size", [1, "1", "10"])
def test_numbers_may_be_strings(size: object) -> None:
    THING.validate({"thing": {"name": "a", "size": size}}, Version(1))


@pytest.mark.parametrize("size", [0, "0", 11, "11", "-1", "x", "", None, 1.5])
def test_bounds_hold_for_strings_too(size: object) -> None:
    refusal({"thing": {"name": "a", "size": size}}, 1)


def test_the_refusal_names_field_and_value() -> None:
    text = refusal({"thing": {"name": " a"}}, 1)
    assert text.startswith("Invalid value for field name: ' a'.")


def test_the_legacy_api_drops_and_trims() -> None:
    relaxed = THING.relax({"thing": {"name": " a ", "what": 1}, "more": 2}, LEGACY)
    assert relaxed == {"thing": {"name": "a"}}
    THING.validate(relaxed, LEGACY)


def test_two_windows_of_one_key_must_not_overlap() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Object(Param("a", t.STRING, until="2.10"), Param("a", t.NAME, since="2.10"))


def test_a_query_ignores_unknown_keys_until_it_closes() -> None:
    query = Query(QueryParam("limit", t.NON_NEGATIVE), closed_since="2.75")
    given = [("limit", "1"), ("limit", "2"), ("what", "x")]
    assert query.read(given, Version(74)) == {"limit": ["1", "2"]}
    with pytest.raises(Invalid, match="what"):
        query.read(given, Version(75))
    with pytest.raises(Invalid, match="limit|-1"):
        query.read([("limit", "-1")], Version(1))
