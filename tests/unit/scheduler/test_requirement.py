"""Requirements of extra specs."""

from __future__ import annotations

import pytest

from nova_api.scheduler import requirement


@pytest.mark.parametrize(
    ("value", "needed", "met"),
    [
        ("ssd", "ssd", True),
        ("ssd", "hdd", False),
        ("", "", True),
        ("5", "= 4", True),
        ("3", "= 4", False),
        ("4", "== 4.0", True),
        ("4", "!= 4", False),
        ("4", "<= 4", True),
        ("5", "<= 4", False),
        ("x", ">= 4", False),
        ("4", ">=", False),
        ("b", "s== b", True),
        ("b", "s!= b", False),
        ("b", "s< c", True),
        ("b", "s>= c", False),
        ("12311321", "<in> 11", True),
        ("12311321", "<in> 99", False),
        ("aes mmx", "<all-in> aes mmx", True),
        ("aes", "<all-in> aes mmx", False),
        ("b", "<or> a <or> b", True),
        ("c", "<or> a <or> b", False),
    ],
)
def test_operators(value: str, needed: str, met: bool) -> None:
    assert requirement.met(value, needed) is met
