"""The head of an HTTP/1 request: request line, headers, and what they say of the body.

Strict where leniency lets a request mean one thing to a proxy and another to us
(RFC 9112 §2.2, §5, §6): no folded lines, no space before a colon, one length.
Knows nothing of sockets and threads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e\x80-\xff]+) HTTP/([0-9])\.([0-9])\r?\n")
_HEADER = re.compile(rb"(" + _TOKEN + rb"):([\t\x20-\x7e\x80-\xff]*)\r?\n")
_AUTHORITY = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,18}")
#: Fault names of the API's envelope; the others are computeFault.
_FAULTS = {400: "badRequest", 413: "overLimit", 501: "notImplemented"}


class Refused(Exception):
    """The request is answered by the server itself: ``status`` and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class RequestLine:
    """``method`` and ``target`` (path and query, as sent); ``version`` is HTTP/1.0 or HTTP/1.1."""

    method: str
    target: str
    version: str


class Headers:
    """The headers in the order sent; names match in any case, the first of a name counts."""

    __slots__ = ("_first", "items")

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self.items = items
        self._first: dict[str, str] = {}
        for name, value in items:
            self._first.setdefault(name.lower(), value)

    def get(self, name: str, default: str | None = None) -> str | None:
        return self._first.get(name.lower(), default)

    def all(self, name: str) -> list[str]:
        wanted = name.lower()
        if wanted not in self._first:
            return []
        return [value for key, value in self.items if key.lower() == wanted]

    def tokens(self, name: str) -> list[str]:
        """The comma-separated parts of every header of that name, in lower case."""
        return [part.strip().lower() for value in self.all(name) for part in value.split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class Framing:
    """How the body is delimited: ``length`` bytes, or chunks (then ``length`` is None)."""

    length: int | None
    expects_continue: bool

    @property
    def chunked(self) -> bool:
        return self.length is None


def parse_request_line(line: bytes) -> RequestLine:
    """Reads ``METHOD target HTTP/1.x``; raises Refused with 400 or 505."""
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise Refused(400, "The request line is not of the form METHOD TARGET HTTP/1.1.")
    method, target, major, minor = match.groups()
    if major != b"1":
        raise Refused(505, "This server speaks HTTP/1.0 and HTTP/1.1.")
    return RequestLine(
        method.decode("ascii"),
        _origin_form(method, target.decode("latin-1")),
        "HTTP/1.0" if minor == b"0" else "HTTP/1.1",
    )


def _origin_form(method: bytes, target: str) -> str:
    if target.startswith("/"):
        return target
    if target == "*" and method == b"OPTIONS":
        return "/"  # asks about the server as a whole; WSGI has no other name for that
    absolute = _AUTHORITY.match(target)
    if absolute is None:
        raise Refused(400, "The request target is neither a path nor an http URL.")
    rest = target[absolute.end() :]
    return rest if rest.startswith("/") else "/" + rest


def read_headers(
    readline: Callable[[int], bytes], most_line: int, most_bytes: int, most_count: int
) -> Headers:
    """Reads up to the empty line; raises Refused (400, 431), and EOFError when the client stops early.

    ``readline(n)`` returns at most n bytes, up to and with the next line feed.
    """
    items: list[tuple[str, str]] = []
    total = 0
    while True:
        line = readline(most_line + 1)
        if line in (b"\r\n", b"\n"):
            return Headers(items)
        if len(line) > most_line:
            raise Refused(431, f"A header is longer than {most_line} bytes.")
        if not line.endswith(b"\n"):
            raise EOFError("the connection ended inside the headers")
        total += len(line)
        if total > most_bytes:
            raise Refused(431, f"The headers are longer than {most_bytes} bytes.")
        if len(items) >= most_count:
            raise Refused(431, f"There are more than {most_count} headers.")
        match = _HEADER.fullmatch(line)
        if match is None:
            raise Refused(400, "A header is not of the form Name: value.")
        items.append((match[1].decode("ascii"), match[2].strip(b" \t").decode("latin-1")))


def framing(version: str, headers: Headers) -> Framing:
    """What the headers say of the body; raises Refused (400, 417, 501) when they contradict each other."""
    if len(headers.all("host")) > 1:
        raise Refused(400, "There is more than one Host header.")
    expect = headers.tokens("expect")
    if any(word != "100-continue" for word in expect):
        raise Refused(417, "The only expectation that this server can meet is 100-continue.")
    expects_continue = bool(expect) and version != "HTTP/1.0"
    lengths = headers.all("content-length")
    if headers.get("transfer-encoding") is not None:
        if lengths:
            raise Refused(400, "Content-Length and Transfer-Encoding exclude each other.")
        if version == "HTTP/1.0":
            raise Refused(400, "HTTP/1.0 has no Transfer-Encoding.")
        if headers.tokens("transfer-encoding") != ["chunked"]:
            raise Refused(501, "The only transfer encoding that this server knows is chunked.")
        return Framing(None, expects_continue)
    if not lengths:
        return Framing(0, False)
    if len(set(lengths)) > 1 or _DIGITS.fullmatch(lengths[0]) is None:
        raise Refused(400, "Content-Length is not one decimal number.")
    length = int(lengths[0])
    return Framing(length, expects_continue and length > 0)


def wants_close(version: str, headers: Headers) -> bool:
    """Whether the client asks for the connection to end with this request (RFC 9112 §9.3)."""
    tokens = headers.tokens("connection")
    if version == "HTTP/1.0":
        return "keep-alive" not in tokens
    return "close" in tokens


def refusal(status: int, sentence: str, date: str) -> bytes:
    """A whole reply in the API's error envelope, which ends the connection."""
    fault = {_FAULTS.get(status, "computeFault"): {"code": status, "message": sentence}}
    body = json.dumps(fault).encode()
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Content-Type: application/json; charset=UTF-8",
        f"Content-Length: {len(body)}",
        f"Date: {date}",
        "Connection: close",
    )
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body
