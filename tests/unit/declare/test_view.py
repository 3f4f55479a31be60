from __future__ import annotations

import types
from typing import Any

import pytest

from nova_api.api.declare import OMIT, Field, Version, View

STRING: dict[str, Any] = {"type": "string"}


class Caller:
    """Stands for the request: a version, and policies that it passes."""

    def __init__(self, minor: int, *passes: str) -> None:
        self.version = Version(minor)
        self.passes = passes

    def allowed(self, policy: str) -> bool:
        return policy in self.passes


def never(_record: Any, _request: Any) -> str:
    raise AssertionError("a hidden field was computed")


THING = View(
    "thing",
    Field("id", "uuid", STRING),
    Field("flavor", lambda r, _: {"id": r.flavor}, {"type": "object"}, until="2.46"),
    Field("flavor", lambda r, _: {"ram": 1}, {"type": "object"}, since="2.47"),
    Field("host", never, STRING, policy="see:host", loads="hosts"),
    Field("fault", lambda r, _: r.fault or OMIT, STRING, optional=True, loads="faults"),
)
RECORD = types.SimpleNamespace(uuid="u", flavor="1", fault=None)


def test_each_version_sees_its_own_window() -> None:
    assert THING.render([RECORD], Caller(46)) == [{"id": "u", "flavor": {"id": "1"}}]
    assert THING.render([RECORD], Caller(47)) == [{"id": "u", "flavor": {"ram": 1}}]


def test_what_a_policy_hides_is_not_computed() -> None:
    assert "host" not in THING.render([RECORD], Caller(1))[0]
    with pytest.raises(AssertionError, match="computed"):
        THING.render([RECORD], Caller(1, "see:host"))


def test_only_visible_fields_ask_for_related_data() -> None:
    assert THING.needs(Caller(1)) == {"faults"}
    assert THING.needs(Caller(1, "see:host")) == {"faults", "hosts"}


def test_overlapping_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        View("x", Field("a", "a", STRING, until="2.5"), Field("a", "a", STRING, since="2.5"))


def test_a_field_can_begin_later_in_another_view() -> None:
    late = View("late", *(field.from_version("2.75") for field in THING.fields if field.name == "id"))
    assert late.render([RECORD], Caller(74)) == [{}]
    assert late.render([RECORD], Caller(75)) == [{"id": "u"}]


def test_the_schema_follows_the_fields() -> None:
    schema = THING.schema(Version(47))
    assert set(schema["properties"]) == {"id", "flavor", "host", "fault"}
    assert schema["required"] == ["id", "flavor"]
