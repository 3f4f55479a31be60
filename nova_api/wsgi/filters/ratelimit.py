"""ratelimit: so many requests a user may make in a second, minute, hour or day."""

from __future__ import annotations

import functools
import logging
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import limits.errors
import limits.storage

from nova_api import backend as nova_backend
from nova_api.api import faults
from nova_api.context import ENVIRON_KEY, RATE_LIMITS_KEY
from nova_api.wsgi import options, ratelimits
from nova_api.wsgi.api_path import below_project
from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import Option, OptionError

LOG = logging.getLogger(__name__)


class RateLimit(Filter):
    """Answers ``overLimit`` with ``Retry-After`` to a user who has used up a limit.

    A limit is matched from the start of the path below the version and the
    project, with the query: ``^/servers`` means ``/v2.1/servers`` and
    ``/v2/<project>/servers``.  What has no user (version documents) is not
    limited.  The limits and what is left of them go to ``GET /limits``.

    All pipelines of a configuration count together when they count in the
    same store.  While a store does not answer, requests pass and the log says
    so: an API that refuses everybody is worse than one without limits.

    Options:
        limits: (VERB, "uri shown to users", regex, value, SECOND|MINUTE|HOUR|DAY);…
        storage_uri: memory:// (default, one process), redis://host:6379/0,
            memcached://host:11211
        status: 429 (default) or 413, which clients of /v1.1 and /v2 know
    """

    OPTIONS: ClassVar = (
        Option("limits", ratelimits.parse, ()),
        Option("storage_uri", options.text, "memory://"),
        Option("status", options.choice("413", "429"), "429"),
    )

    def __init__(
        self, app: WSGIApplication, *, limits: Sequence[ratelimits.Limit], storage_uri: str, status: str
    ) -> None:
        super().__init__(app)
        self.status = int(status)
        # The stores live as long as the backend, which lives as long as somebody holds it.
        self.backend = nova_backend.active()
        self.counter = ratelimits.Counter(limits, _store(storage_uri))

    @classmethod
    def factory(
        cls, global_conf: Mapping[str, str], **local_conf: Any
    ) -> Callable[[WSGIApplication], RateLimit]:
        """The ``paste.filter_factory``; raises OptionError, also when the store cannot serve all workers."""
        make = super().factory(global_conf, **local_conf)
        workers = nova_backend.active().conf.osapi_compute_workers or 1
        if local_conf.get("storage_uri", "memory://").startswith("memory:") and workers > 1:
            raise OptionError(
                "storage_uri",
                f"counts in each process apart: with osapi_compute_workers = {workers} every limit would be "
                f"{workers} times as high; use redis://… or memcached://…, or set api_rate_limit = false",
            )
        return make

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        context = environ.get(ENVIRON_KEY)
        if context is None or context.user_id is None:
            return self.app(environ, start_response)
        user_id = context.user_id
        environ[RATE_LIMITS_KEY] = functools.partial(self.counter.usage, user_id)
        path = below_project(environ, context.project_id)
        if environ.get("QUERY_STRING"):
            path += "?" + environ["QUERY_STRING"]
        try:
            over = self.counter.count(user_id, environ["REQUEST_METHOD"], path)
        except limits.errors.StorageError as error:
            LOG.warning("The rate limits' store does not answer, requests pass uncounted: %s", error)
            over = None
        if over is None:
            return self.app(environ, start_response)
        rule = over.limit
        message = (
            f"Only {rule.value} {rule.verb} requests to {rule.uri} may be made in one {rule.unit.lower()}. "
            f"Try again in {over.wait} s."
        )
        response = faults.fault_response(self.status, message, retry_after=over.wait)
        reply: Iterable[bytes] = response(environ, start_response)
        return reply


_stores: weakref.WeakKeyDictionary[nova_backend.Backend, dict[str, Any]] = weakref.WeakKeyDictionary()


def _store(uri: str) -> Any:
    """The one store of this configuration at ``uri``; raises OptionError when there can be none."""
    stores = _stores.setdefault(nova_backend.active(), {})
    if uri not in stores:
        try:
            stores[uri] = limits.storage.storage_from_string(uri, wrap_exceptions=True)
        except (limits.errors.ConfigurationError, ValueError) as error:
            raise OptionError("storage_uri", f"names no store that can be used: {error}") from None
    return stores[uri]
