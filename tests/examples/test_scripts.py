"""The examples that are one script each, run as their README says."""

from __future__ import annotations

import contextlib
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


@contextlib.contextmanager
def running(script: str) -> Iterator[tuple[str, str]]:
    """Runs the script on a free port: (root URL, path that it says to try)."""
    command = [sys.executable, str(EXAMPLES / script), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            found = re.search(r"curl -i '(http://127\.0\.0\.1:\d+)([^']*)'", line)
            assert found, f"{script} printed {line!r}\n{process.stderr.read() if not line else ''}"
            yield found[1], found[2]
        finally:
            process.terminate()
            process.communicate(timeout=10)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("wsgi_function.py", "Hello, Ada."),
        ("wsgi_class.py", "Good morning, Ada. Visit 1."),
        ("webob_request.py", "Hello, Ada."),
        ("routes_hello.py", '{"greeting":{"name":"world","text":"Hello, world."}}'),
    ],
)
def test_the_printed_command(script: str, says: str) -> None:
    with running(script) as (root, path):
        reply = requests.get(root + path, timeout=10)
    assert reply.status_code == 200
    assert reply.text.strip() == says


def test_function_knows_its_methods_and_its_utf8() -> None:
    with running("wsgi_function.py") as (root, _):
        refused = requests.post(root + "/Ada", timeout=10)
        assert refused.status_code == 405
        assert refused.headers["Allow"] == "GET, HEAD"
        assert requests.get(root + "/Zoë", timeout=10).content == "Hello, Zoë.\n".encode()
        head = requests.head(root + "/Ada", timeout=10)
        assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "12")


def test_an_instance_remembers() -> None:
    with running("wsgi_class.py") as (root, _):
        assert [requests.get(root, timeout=10).text[-9:] for _ in range(2)] == ["Visit 1.\n", "Visit 2.\n"]


def test_webob_negotiates_refuses_and_is_filtered() -> None:
    with running("webob_request.py") as (root, path):
        asked = requests.get(root + path, headers={"Accept": "application/json"}, timeout=10)
        assert asked.json() == {"greeting": "Hello, Ada."}
        assert float(asked.headers["X-Milliseconds"]) >= 0
        refused = requests.get(root, params={"name": "x" * 41}, timeout=10)
        assert refused.status_code == 400
        assert "1 to 40 printable" in refused.text
        # The filter sees a raised response as it sees a returned one.
        assert "X-Milliseconds" in refused.headers


def test_a_greeting_lives_and_dies() -> None:
    with running("routes_hello.py") as (root, _):
        url = root + "/greetings"
        made = requests.post(url, json={"greeting": {"name": "Ada"}}, timeout=10)
        assert made.status_code == 201
        assert requests.post(url, json={"greeting": {"name": "Ada"}}, timeout=10).status_code == 409
        changed = requests.put(url + "/Ada", json={"greeting": {"text": "Good day"}}, timeout=10)
        assert changed.json() == {"greeting": {"name": "Ada", "text": "Good day"}}
        assert requests.get(url, timeout=10).json() == {"greetings": ["Ada", "world"]}
        assert requests.delete(url + "/Ada", timeout=10).status_code == 204
        assert requests.get(url + "/Ada", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/greetings", None, 405),
        ("DELETE", "/greetings", None, 405),
        ("GET", "/farewells", None, 404),
        ("POST", "/greetings", b"{", 400),
        ("POST", "/greetings", b"[]", 400),
        ("POST", "/greetings", b'{"greeting": {"name": "two words"}}', 400),
    ],
)
def test_routes_refuses(method: str, path: str, body: bytes | None, status: int) -> None:
    with running("routes_hello.py") as (root, _):
        reply = requests.request(method, root + path, data=body, timeout=10)
    assert reply.status_code == status
    if status == 405:
        assert reply.headers["Allow"] == "GET, POST"
