"""What the contract's string formats mean, for jsonschema's FormatChecker."""

from __future__ import annotations

import base64
import binascii
import datetime
import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import jsonschema

CHECKER = jsonschema.FormatChecker(formats=())

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", re.IGNORECASE)


def _format(name: str) -> Callable[[Callable[[str], object]], Callable[[str], object]]:
    """Registers a function that returns something true, or raises ValueError, for strings only."""

    def register(function: Callable[[str], object]) -> Callable[[str], object]:
        def check(value: object) -> bool:
            return not isinstance(value, str) or bool(function(value))

        CHECKER.checks(name, raises=ValueError)(check)
        return function

    return register


@_format("uuid")
def _uuid(value: str) -> object:
    return _UUID.fullmatch(value)


@_format("date-time")
def _date_time(value: str) -> object:
    return datetime.datetime.fromisoformat(value)


@_format("uri")
@_format("url")
def _uri(value: str) -> object:
    parts = urlsplit(value)
    return parts.scheme and parts.netloc


@_format("ipv4")
def _ipv4(value: str) -> object:
    return ipaddress.IPv4Address(value)


@_format("ipv6")
def _ipv6(value: str) -> object:
    return ipaddress.IPv6Address(value)


@_format("cidr")
def _cidr(value: str) -> object:
    return "/" in value and ipaddress.ip_network(value, strict=False)


@_format("mac-address")
def _mac(value: str) -> object:
    return _MAC.fullmatch(value)


@_format("base64")
def _base64(value: str) -> object:
    try:
        base64.b64decode(value)
    except binascii.Error:
        return False
    return True


@_format("name")
def _name(value: str) -> object:
    return value and value == value.strip() and value.isprintable()
