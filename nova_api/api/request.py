"""The request as controllers see it: who, which version, what was asked, and how to link."""

from __future__ import annotations

import functools
import re
import sys
import urllib.parse
from functools import cached_property
from typing import Any

import webob

from nova_api import exception
from nova_api.api import policy
from nova_api.api.declare import Feature, Operation, Version, View
from nova_api.backend import Backend
from nova_api.context import ENVIRON_KEY, RequestContext


def _unset() -> Any:
    """The value of what nobody has found out yet."""
    return None


class Request(webob.Request):
    """webob's request plus what the router and the resource have found out.

    ``version`` is opaque to controllers: they ask ``has(FEATURE)``.
    ``json`` holds the validated body, ``args`` the validated query
    (``{key: [values]}``), ``backend`` everything that the process works with.
    """

    # Bodies are limited before they come here: no temporary file, however large one is.
    request_body_tempfile_limit = sys.maxsize

    # webob keeps attributes that its class does not have in the environ, at the price of a
    # failed look-up for each use, of which a page has ten thousand: so the class has these.
    backend: Backend = _unset()
    enforcer: policy.Enforcer = _unset()
    version: Version = _unset()
    operation: Operation = _unset()
    version_prefix: str = _unset()
    data: Any = _unset()
    args: dict[str, list[str]] = _unset()
    related: dict[str, Any] = _unset()

    @property
    def context(self) -> RequestContext:
        """Who asks. Raises Unauthorized where no filter has said so."""
        context: RequestContext | None = self.environ.get(ENVIRON_KEY)
        if context is None:
            raise exception.Unauthorized()
        return context

    def has(self, feature: Feature) -> bool:
        """Whether this request's version has ``feature``."""
        return feature.at(self.version)

    # --- policy ---------------------------------------------------------

    def allowed(self, name: str, target: dict[str, Any] | None = None) -> bool:
        """Whether the caller passes policy ``name``; without a target, in his own project.

        Answers without a target are kept for the request.
        """
        if target is not None:
            return self.enforcer.allows(self.context, name, target)
        kept: dict[str, bool] = self.environ.setdefault("nova.allowed", {})
        if name not in kept:
            kept[name] = self.enforcer.allows(self.context, name, self.own_target())
        return kept[name]

    def authorize(self, name: str, target: dict[str, Any] | None = None) -> None:
        """Raises PolicyNotAuthorized where ``allowed`` is false."""
        if not self.allowed(name, target):
            raise exception.PolicyNotAuthorized(action=name)

    def own_target(self) -> dict[str, Any]:
        return {"project_id": self.context.project_id, "user_id": self.context.user_id}

    # --- query ----------------------------------------------------------

    def arg(self, name: str, default: str | None = None) -> str | None:
        """The last value given for query key ``name``."""
        values = self.args.get(name)
        return values[-1] if values else default

    @property
    def max_limit(self) -> int:
        limit: int = self.backend.conf.api.max_limit
        return limit

    @property
    def page_size(self) -> int:
        """``limit`` of the query, at most ``[api] max_limit``."""
        given = self.arg("limit")
        return self.max_limit if given is None else min(int(given), self.max_limit)

    def needs(self, view: View) -> frozenset[str]:
        """The related data that ``view`` needs for this caller at this version."""
        return view.needs(self)

    # --- links ----------------------------------------------------------

    # A page of a thousand items has three thousand links: what they share is made once.

    @cached_property
    def link_base(self) -> str:
        """Scheme, host and root below which the versions stand, without a slash at the end."""
        root = self.script_name.rsplit(self.version_prefix, 1)[0]
        prefix: str | None = self.backend.conf.api.compute_link_prefix
        return f"{prefix.rstrip('/')}{root}" if prefix else f"{self.host_url}{root}"

    @cached_property
    def _project_segment(self) -> str:
        project = self.context.project_id
        return f"/{project}" if project and project in self.path_qs else ""

    @cached_property
    def _self_root(self) -> str:
        return f"{self.link_base}{self.version_prefix}{self._project_segment}/"

    @cached_property
    def _bookmark_root(self) -> str:
        return f"{self.link_base}{self._project_segment}/"

    def self_link(self, *path: object) -> str:
        """Link to a thing of this API, with version."""
        return self._self_root + _joined(*path)

    def bookmark(self, *path: object) -> str:
        """Link to a thing of this API, without version."""
        return self._bookmark_root + _joined(*path)

    @cached_property
    def _referred(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {}

    def reference(self, collection: str, id: str) -> dict[str, Any]:
        """Its id and its bookmark, as other things show it; one object for all, not to be changed."""
        found = self._referred.get((collection, id))
        if found is None:
            links = [{"rel": "bookmark", "href": self.bookmark(collection, id)}]
            found = self._referred[collection, id] = {"id": id, "links": links}
        return found

    def links(self, *path: object) -> list[dict[str, str]]:
        """The pair of self and bookmark."""
        return self.plain_links(_joined(*path))

    def plain_links(self, below: str) -> list[dict[str, str]]:
        """The same of a path that needs no quoting."""
        return [
            {"rel": "self", "href": self._self_root + below},
            {"rel": "bookmark", "href": self._bookmark_root + below},
        ]

    def image_link(self, image_id: str) -> str:
        """Link to an image at the image service."""
        prefix: str | None = self.backend.conf.api.glance_link_prefix
        return f"{(prefix or self.link_base + '/image').rstrip('/')}/images/{image_id}"

    def next_link(self, marker: str) -> list[dict[str, str]]:
        """Link to the page after ``marker``: this URL with its query keys sorted."""
        query = sorted((key, value) for key, value in self.GET.items() if key != "marker")
        if "marker" in self.GET:
            query = sorted([*query, ("marker", marker)], key=lambda pair: pair[0])
        else:
            query.append(("marker", marker))
        path = f"{self.link_base}{self.version_prefix}{self.environ['nova.full_path']}"
        return [{"rel": "next", "href": f"{path}?{urllib.parse.urlencode(query)}"}]


# Flavors, images and the servers of a page come again and again. Typed, because 1 and True are one key else.
@functools.lru_cache(maxsize=4096, typed=True)
def _joined(*path: object) -> str:
    parts = [str(part) for part in path]
    whole = "/".join(parts)
    if _PLAIN_PATH.fullmatch(whole) and whole.count("/") == len(parts) - 1:
        return whole
    return "/".join(part if _PLAIN.fullmatch(part) else urllib.parse.quote(part, safe=":@") for part in parts)


_PLAIN = re.compile(r"[A-Za-z0-9_.:@-]*")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.:@/-]*")


PROJECT_SEGMENT = re.compile(r"^/+([0-9a-f-]+)(?=/|$)")

__all__ = ["PROJECT_SEGMENT", "Request"]
