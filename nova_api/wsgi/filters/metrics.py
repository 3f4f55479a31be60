"""metrics: counts and times requests for Prometheus, and the application that shows what was counted."""

from __future__ import annotations

import ipaddress
import os
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import prometheus_client
from prometheus_client import exposition, multiprocess
from prometheus_client.core import GaugeMetricFamily

from nova_api import backend as nova_backend
from nova_api.api import faults
from nova_api.context import REACHED_KEY, ROUTE_KEY
from nova_api.db import services
from nova_api.db import work as db_work
from nova_api.wsgi import options
from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import Option, OptionError
from nova_api.wsgi.reply import Body, Started

#: Where the processes of one service count together (prometheus-client's own name).
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
#: Other methods count as one: a client must not be able to make labels.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counts:
    """What one configuration counts, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = prometheus_client.CollectorRegistry()
        self.requests = prometheus_client.Counter(
            "nova_api_requests",
            "Requests answered, by route template.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = prometheus_client.Histogram(
            "nova_api_request_seconds",
            "From the first filter to the last byte taken.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.refusals = prometheus_client.Counter(
            "nova_api_filter_replies",
            "Requests that a filter answered itself, so that no application saw them.",
            ["filter", "status"],
            registry=self.registry,
        )
        self.current = prometheus_client.Gauge(
            "nova_api_requests_in_progress",
            "Requests being answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )


_counts: weakref.WeakKeyDictionary[nova_backend.Backend, Counts] = weakref.WeakKeyDictionary()


def counts_of(backend: nova_backend.Backend) -> Counts:
    """The one set of counters of ``backend``: all pipelines count together."""
    if backend not in _counts:
        _counts[backend] = Counts()
    return _counts[backend]


class Metrics(Filter):
    """Counts and times requests by method, route template and status; ``[app:metrics]`` shows them.

    Put it outside everything that may answer.  A reply that no application
    gave counts for the filter that gave it.  With several workers the
    environment variable PROMETHEUS_MULTIPROC_DIR must name an empty folder,
    in which they count together.

    It has no options.
    """

    ASKS_WHO_ANSWERED: ClassVar = True

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__(app)
        self.backend = nova_backend.active()
        self.counts = counts_of(self.backend)

    @classmethod
    def factory(cls, global_conf: Mapping[str, str], **local_conf: Any) -> Callable[[WSGIApplication], Self]:
        """The ``paste.filter_factory``; raises OptionError, also when several workers would count apart."""
        make = super().factory(global_conf, **local_conf)
        workers = nova_backend.active().conf.osapi_compute_workers or 1
        if workers > 1 and DIRECTORY not in os.environ:
            raise OptionError(
                "paste.filter_factory",
                f"counts in each process apart: with osapi_compute_workers = {workers} set the environment "
                f"variable {DIRECTORY} to an empty folder before the service starts",
            )
        return make

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        started = Started(start_response)
        self.counts.current.inc()

        def write(status: int) -> None:
            self.counts.current.dec()
            self._count(environ, status, time.perf_counter() - began)

        try:
            body = self.app(environ, started)
        except BaseException as error:
            write(500 if isinstance(error, Exception) else 499)
            raise
        return Body(body, lambda _: write(started.status))

    def _count(self, environ: WSGIEnvironment, status: int, seconds: float) -> None:
        method = environ.get("REQUEST_METHOD", "")
        method = method if method in _METHODS else "other"
        route = environ.get(ROUTE_KEY, "none")
        self.counts.requests.labels(method, route, str(status)).inc()
        self.counts.seconds.labels(method, route).observe(seconds)
        answered = environ.get(REACHED_KEY)
        if answered:
            self.counts.refusals.labels(answered, str(status)).inc()


class Work:
    """A collector: work items and services as the database has them when somebody asks."""

    def __init__(self, backend: nova_backend.Backend) -> None:
        self.backend = backend

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Items and the age of the oldest that is due, by topic and state; services by program and state."""
        with self.backend.db.reader() as conn:
            backlog = db_work.backlog(conn)
            known = services.list_services(conn)
        items = GaugeMetricFamily("nova_api_work_items", "Work items.", labels=["topic", "state"])
        ages = GaugeMetricFamily(
            "nova_api_work_item_age_seconds",
            "How long the oldest work item has been due.",
            labels=["topic", "state"],
        )
        for entry in backlog:
            items.add_metric([entry.topic, entry.state], entry.items)
            ages.add_metric([entry.topic, entry.state], entry.age)
        up = GaugeMetricFamily("nova_api_services", "Services that live.", labels=["binary", "state"])
        down_time = self.backend.conf.service_down_time
        states = [(each.binary, "up" if each.is_up(down_time) else "down") for each in known]
        for binary, state in sorted(set(states)):
            up.add_metric([binary, state], states.count((binary, state)))
        yield from (items, ages, up)


class MetricsApp:
    """An application (mount it in a urlmap) that shows what ``[filter:metrics]`` counted, to Prometheus.

    Options:
        allowed_source_ranges: networks that may ask, with commas; default this machine alone
    """

    OPTIONS: ClassVar = (Option("allowed_source_ranges", options.words, ("127.0.0.0/8", "::1/128")),)

    def __init__(self, backend: nova_backend.Backend, allowed_source_ranges: Sequence[str]) -> None:
        self.backend = backend
        try:
            self.allowed = [ipaddress.ip_network(each) for each in allowed_source_ranges]
        except ValueError as error:
            raise OptionError("allowed_source_ranges", f"has a wrong value: {error}") from None

    @classmethod
    def factory(cls, global_conf: Mapping[str, str], **local_conf: Any) -> MetricsApp:
        """The ``paste.app_factory``; raises OptionError."""
        return cls(nova_backend.active(), **options.read(cls.OPTIONS, local_conf))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            source = ipaddress.ip_address(environ.get("REMOTE_ADDR", ""))
        except ValueError:
            source = None
        if source is None or not any(source in network for network in self.allowed):
            refused = faults.fault_response(403, "Metrics are shown to allowed_source_ranges only.")
            reply: Iterable[bytes] = refused(environ, start_response)
            return reply
        encoder, content_type = exposition.choose_encoder(environ.get("HTTP_ACCEPT", ""))
        text = encoder(self._registry())
        start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(text)))])
        return [text]

    def _registry(self) -> prometheus_client.CollectorRegistry:
        """What is shown: gauges of the database, and the counters of all processes of this service."""
        shown = prometheus_client.CollectorRegistry()
        shown.register(Work(self.backend))
        if DIRECTORY in os.environ:
            multiprocess.MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
        else:
            shown.register(counts_of(self.backend).registry)
        return shown
