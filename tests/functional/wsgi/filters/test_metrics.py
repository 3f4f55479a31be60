"""metrics: what was asked and answered, and what waits, as Prometheus reads it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nova_api import work
from nova_api.context import ROUTE_KEY, admin
from nova_api.db import services
from nova_api.db import work as db_work
from nova_api.wsgi.filters.metrics import Metrics, MetricsApp
from nova_api.wsgi.loader import Loader
from nova_api.wsgi.options import OptionError


def shown(ask, **options):
    """{(sample, labels in the order of their names …): value} of what the application shows."""
    reply = ask(MetricsApp.factory({}, **options), environ={"REMOTE_ADDR": "127.0.0.1"})
    assert reply.status_int == 200
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def routed(environ, start_response):
    environ[ROUTE_KEY] = "/things/{id}"
    start_response("202 Accepted", [("Content-Length", "0")])
    return [b""]


def test_requests_by_route(ask, backend):
    filtered = Metrics.factory({})(routed)
    for _ in range(3):
        ask(filtered, "/things/1", method="DELETE")
    ask(filtered, "/things/2", method="BREW")
    seen = shown(ask)
    assert seen["nova_api_requests_total", "DELETE", "/things/{id}", "202"] == 3
    assert seen["nova_api_requests_total", "other", "/things/{id}", "202"] == 1
    assert seen["nova_api_request_seconds_count", "DELETE", "/things/{id}"] == 3
    assert seen["nova_api_requests_in_progress",] == 0


def test_a_bug_counts_too(ask, backend):
    def broken(environ, start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(Metrics.factory({})(broken))
    seen = shown(ask)
    assert seen["nova_api_requests_total", "GET", "none", "500"] == 1
    assert seen["nova_api_requests_in_progress",] == 0


def test_work_and_services(ask, backend):
    with backend.db.writer() as conn:
        services.ensure(conn, "nova-compute", "host1")
        services.ensure(conn, "nova-compute", "host2")
        services.beat(conn, "nova-compute", "host2")
    with work.accept(backend) as accepted:
        accepted.enqueue(admin(), "compute", "start", None, {}, host="host1")
    seen = shown(ask)
    assert seen["nova_api_work_items", db_work.READY, "compute"] == 1
    assert 0 <= seen["nova_api_work_item_age_seconds", db_work.READY, "compute"] < 60
    assert seen["nova_api_services", "nova-compute", "up"] == 1
    assert seen["nova_api_services", "nova-compute", "down"] == 1


def test_strangers_are_not_shown_anything(ask, backend):
    for address in ("10.0.0.1", "", "unknown"):
        reply = ask(MetricsApp.factory({}), environ={"REMOTE_ADDR": address})
        assert reply.status_int == 403
    wider = MetricsApp.factory({}, allowed_source_ranges="10.0.0.0/8, 127.0.0.1")
    assert ask(wider, environ={"REMOTE_ADDR": "10.0.0.1"}).status_int == 200
    with pytest.raises(OptionError, match="allowed_source_ranges has a wrong value"):
        MetricsApp.factory({}, allowed_source_ranges="10.0.0.1/8")


def test_several_workers_need_a_common_place(conf, monkeypatch, tmp_path):
    conf.set_override("osapi_compute_workers", 2)
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    with pytest.raises(OptionError, match="counts in each process apart.*PROMETHEUS_MULTIPROC_DIR"):
        Metrics.factory({})
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    Metrics.factory({})


INI = pathlib.Path(__file__).parents[4] / "etc" / "api-paste.ini"


def edited() -> str:
    """The shipped ini after the two edits that docs/operations.md tells of."""
    text = INI.read_text()
    return text.replace(" request_log faultwrap", " metrics request_log faultwrap").replace(
        "# /metrics = metrics", "/metrics = metrics"
    )


def test_in_the_shipped_pipelines(ask, conf, backend, tmp_path):
    ini = tmp_path / "api-paste.ini"
    ini.write_text(edited())
    app = Loader(conf, str(ini)).load_app("osapi_compute")
    assert ask(app, "/v2.1/flavors", X_Auth_Token="me:lab").status_int == 200
    assert ask(app, "/v2.1/flavors/none", X_Auth_Token="me:lab").status_int == 404
    assert ask(app, "/v2.1/nothing", X_Auth_Token="me:lab").status_int == 404
    assert ask(app, "/v2.1/servers", method="POST", body=b" " * 200_000).status_int == 413
    reply = ask(app, "/metrics", environ={"REMOTE_ADDR": "127.0.0.1"}).text
    for line in (
        'nova_api_requests_total{method="GET",route="/flavors",status="200"} 1.0',
        'nova_api_requests_total{method="GET",route="/flavors/{id}",status="404"} 1.0',
        'nova_api_requests_total{method="GET",route="none",status="404"} 1.0',
        'nova_api_filter_replies_total{filter="sizelimit",status="413"} 1.0',
    ):
        assert line in reply
    assert 'filter=""' not in reply


COUNT_OR_SHOW = """
import sys, webob
from nova_api import backend, conf
from nova_api.db import schema
from nova_api.wsgi.filters.metrics import Metrics, MetricsApp

made = conf.new([], [])
made.set_override("state_path", sys.argv[1])
with conf.activate(made):
    held = backend.of(made)
    schema.metadata.create_all(held.db.engine)
    counting, showing = Metrics.factory({})(webob.Response("x")), MetricsApp.factory({})
request = webob.Request.blank("/", environ={"REMOTE_ADDR": "::1"})
print(request.get_response(counting if sys.argv[2] == "count" else showing).text)
"""


def test_processes_count_together(tmp_path):
    folder = tmp_path / "counts"
    folder.mkdir()
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}

    def run(what):
        arguments = [sys.executable, "-W", "ignore", "-c", COUNT_OR_SHOW, str(tmp_path / "state"), what]
        return subprocess.run(arguments, env=env, check=True, capture_output=True, text=True).stdout

    run("count")
    run("count")
    assert 'nova_api_requests_total{method="GET",route="none",status="200"} 2.0' in run("show")
