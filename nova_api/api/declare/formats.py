"""String formats and keywords that JSON Schema does not bring, as the contract defines them."""

from __future__ import annotations

import binascii
import datetime
import functools
import ipaddress
import re
import unicodedata
import urllib.parse
import warnings
from collections.abc import Callable
from typing import Any


def _printable(text: str) -> bool:
    """Letters, marks, numbers, punctuation, symbols and spaces; no control, format or private characters."""
    return text.isprintable() or all(
        char.isprintable() or unicodedata.category(char) == "Zs" for char in text
    )


def name(text: str) -> bool:
    """Printable, not empty, no white space at either edge."""
    return bool(text) and text.strip() == text and _printable(text)


def padded_name(text: str) -> bool:
    """Printable and not only white space."""
    return bool(text.strip()) and _printable(text)


_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)


def is_uuid(text: str) -> bool:
    """With or without dashes, any case."""
    return _UUID.fullmatch(text) is not None


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """``pattern``, compiled once."""
    return re.compile(pattern)


def regex(text: str) -> bool:
    """Compilable, and not empty."""
    # What a future Python might read otherwise ("[[") is the user's affair, not the log's.
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        try:
            return bool(text) and re.compile(text) is not None
        except (re.error, RecursionError, OverflowError):
            return False


def parse_time(text: str) -> datetime.datetime:
    """An ISO 8601 time as naive UTC; raises ValueError."""
    parsed = datetime.datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    if parsed.tzinfo is not None:
        try:
            parsed = parsed.astimezone(datetime.UTC).replace(tzinfo=None)
        except OverflowError as error:
            raise ValueError(f"{text} is out of range") from error
    return parsed


def _accepts(function: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            function(text)
        except (ValueError, TypeError, OverflowError):
            return False
        return True

    return check


def base64(text: str) -> bool:
    """Decodable when stray characters are passed over."""
    try:
        binascii.a2b_base64(text.encode("utf-8"))
    except (binascii.Error, ValueError):
        return False
    return True


def cidr(text: str) -> bool:
    """An address and a prefix length; host bits may be set."""
    return "/" in text and _accepts(lambda value: ipaddress.ip_network(value, strict=False))(text)


def uri(text: str) -> bool:
    """With scheme and host."""
    try:
        parts = urllib.parse.urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


FORMATS: dict[str, Callable[[str], bool]] = {
    "name": name,
    "name_with_leading_trailing_spaces": padded_name,
    "az_name": lambda text: name(text) and ":" not in text,
    "az_name_with_leading_trailing_spaces": lambda text: padded_name(text) and ":" not in text,
    "uuid": is_uuid,
    "regex": regex,
    "date-time": _accepts(parse_time),
    "base64": base64,
    "cidr": cidr,
    "uri": uri,
    "ipv4": _accepts(ipaddress.IPv4Address),
    "ipv6": _accepts(ipaddress.IPv6Address),
}

#: What the user reads when one of these formats refuses.
SENTENCES = {
    "name": "It must be printable characters without white space at the beginning or the end.",
    "name_with_leading_trailing_spaces": "It must be printable characters, and not only white space.",
    "az_name": "It must be printable characters without ':' and without white space at the edges.",
    "uuid": "It must be a UUID.",
    "date-time": "It must be an ISO 8601 time, such as 2026-01-31T12:00:00Z.",
    "regex": "It must be a regular expression.",
    "base64": "It must be base64 text.",
    "ipv4": "It must be an IPv4 address.",
    "ipv6": "It must be an IPv6 address.",
    "cidr": "It must be a network in CIDR form.",
    "uri": "It must be a URI.",
}


class NumericRange:
    """Keyword ``numericRange: [least, most]``: bounds that also hold for numbers written as strings."""

    def __init__(self, _parent: Any, value: list[int], _path: Any) -> None:
        self.least, self.most = value

    def validate(self, instance: Any) -> None:
        if isinstance(instance, str):
            if not instance.lstrip("-").isdigit():
                return
            instance = int(instance)
        if isinstance(instance, bool) or not isinstance(instance, int | float):
            return
        if instance < self.least:
            raise ValueError(f"{instance} is less than the minimum of {self.least}")
        if self.most is not None and instance > self.most:
            raise ValueError(f"{instance} is greater than the maximum of {self.most}")


KEYWORDS: dict[str, Any] = {"numericRange": NumericRange}
