from __future__ import annotations

import pytest

from nova_api.api.declare import LEGACY, MAX, MIN, Feature, Version, Window
from nova_api.api.declare import version as versions


@pytest.mark.parametrize(("text", "minor"), [("2.1", 1), ("2.53", 53), ("2.104", 104), ("latest", 104)])
def test_reads(text: str, minor: int) -> None:
    assert versions.parse(text) == minor


@pytest.mark.parametrize("text", ["", "2", "abc", "2.01", "02.1", "LATEST", "2.1.1", " 2.1", "2.-1"])
def test_refuses_what_is_no_version(text: str) -> None:
    with pytest.raises(versions.VersionUnreadable):
        versions.parse(text)


@pytest.mark.parametrize("text", ["2.0", "2.105", "3.0", "1.1"])
def test_refuses_what_is_not_supported(text: str) -> None:
    with pytest.raises(versions.VersionUnsupported):
        versions.parse(text)


def test_windows_include_both_ends_and_the_legacy_api_reads_as_2_1() -> None:
    window = Window("2.1", "2.35")
    assert [window.contains(Version(v)) for v in (LEGACY, MIN, 35, 36)] == [True, True, True, False]
    assert not Window("2.2").contains(LEGACY)
    assert Window().contains(MAX)


def test_a_window_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Window("2.10", "2.9")


def test_a_feature_is_a_boolean_at_each_version() -> None:
    asynchronous = Feature(since="2.101")
    assert [asynchronous.at(Version(v)) for v in (0, 100, 101)] == [False, False, True]
