"""Requests to another service: what it answers, or which exception its refusal means."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

import requests
from keystoneauth1.exceptions import ClientException

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.neighbours.remote.access import Access

LOG = logging.getLogger(__name__)

_VERSIONED = re.compile(r"/v\d+(\.\d+)?(/|$)")
#: Seconds after which a client may ask again for what a silent neighbour was needed for.
_RETRY_AFTER = 10

Query = Iterable[tuple[str, str]]


class Refused(exception.NovaError):
    """A reply of ``status``, and ``kind`` where the service names its error; the message is its own."""

    def __init__(self, message: str, status: int, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


#: What a refusal means when the caller knows nothing more about it.
_MEANINGS: Mapping[int, type[exception.NovaError]] = {
    400: exception.Invalid,
    401: exception.Unauthorized,
    403: exception.Forbidden,
    404: exception.NotFound,
    409: exception.Conflict,
    413: exception.QuotaExceeded,
    501: exception.NotImplementedYet,
}


def meaning(refused: Refused) -> exception.NovaError:
    """The exception that tells a user of ``refused``."""
    return _MEANINGS.get(refused.status, exception.Invalid)(str(refused))


class Rest:
    """One version of one service's API.

    :param access: who asks, and where
    :param name: what users are told when it does not answer, "image service"
    :param version: segment of the path, ``v2``, where the catalog's URL has none
    :param headers: sent with every request
    """

    def __init__(
        self, access: Access, name: str, version: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.access = access
        self.name = name
        self._version = version
        self._headers = dict(headers or {})

    def send(
        self,
        context: RequestContext,
        method: str,
        path: str,
        *,
        in_project: bool = False,
        headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> requests.Response:
        """The reply, of a status below 400.

        ``path`` is absolute below the version.  ``arguments`` are those of
        ``keystoneauth1.session.Session.request``.  Raises Refused, and
        Unavailable when nobody answers or the service fails by itself.
        """
        access = self.access
        try:
            base = access.endpoint(context, in_project=in_project)
            if base is None:
                raise self._unavailable("the catalog has no endpoint of it")
            if not _VERSIONED.search(base):
                base = f"{base}/{self._version}"
            reply = access.session.request(
                base + path,
                method,
                auth=access.auth(context, in_project=in_project),
                raise_exc=False,
                headers={"Accept": "application/json", **self._headers, **(headers or {})},
                global_request_id=context.global_request_id,
                **arguments,
            )
        except (ClientException, requests.RequestException, OSError) as error:
            raise self._unavailable(f"{type(error).__name__}: {error}") from error
        return self._accepted(context, reply)

    def json(self, context: RequestContext, method: str, path: str, **arguments: Any) -> Any:
        """What ``send`` gets, read; None for a reply without a body."""
        reply = self.send(context, method, path, **arguments)
        if not reply.content:
            return None
        try:
            return reply.json()
        except ValueError as error:
            raise self._unavailable(f"its reply to {method} {path} is no JSON") from error

    def pages(self, context: RequestContext, path: str, key: str, params: Query = ()) -> Iterable[Any]:
        """Everything of a list that is answered page by page, with ``<key>_links``."""
        wanted = list(params)
        marker: list[tuple[str, str]] = []
        while True:
            page = self.json(context, "GET", path, params=[*wanted, *marker])
            yield from page[key]
            links = {link["rel"] for link in page.get(f"{key}_links") or ()}
            if "next" not in links or not page[key]:
                return
            marker = [("marker", page[key][-1]["id"])]

    def _accepted(self, context: RequestContext, reply: requests.Response) -> requests.Response:
        status = reply.status_code
        if status < 400:
            return reply
        if status == 401 and not self.access.is_users(context):
            raise self._unavailable("it refuses the service user")
        if status >= 500 and status != 501:
            raise self._unavailable(f"it answers {status}")
        kind, message = _told(reply)
        raise Refused(message or f"The {self.name} answers {status}.", status, kind)

    def _unavailable(self, reason: str) -> exception.Unavailable:
        LOG.warning("The %s cannot be used: %s", self.name, reason)
        return exception.Unavailable(
            f"The {self.name} does not answer at present. Please try again.", retry_after=_RETRY_AFTER
        )


def _told(reply: requests.Response) -> tuple[str, str]:
    """The kind and the sentence of an error, in the ways that the services write them."""
    try:
        document = reply.json()
    except ValueError:
        return "", _text(reply.text)
    fault = document.get("NeutronError") if isinstance(document, dict) else None
    if isinstance(fault, dict):
        return str(fault.get("type", "")), str(fault.get("message", ""))
    if isinstance(document, dict):
        for kind, inner in document.items():
            if isinstance(inner, dict) and "message" in inner:
                return str(kind), str(inner["message"])
        return "", _text(str(document.get("message", "")))
    return "", ""


def _text(page: str) -> str:
    """The sentence of an error page: its body without tags and the repeated title."""
    body = re.search(r"<body[^>]*>(.*)</body>", page, re.DOTALL | re.IGNORECASE)
    text = re.sub(r"<h1>.*?</h1>", " ", body[1] if body else page, flags=re.DOTALL | re.IGNORECASE)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
