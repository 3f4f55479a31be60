"""/os-instance_usage_audit_log: an audit that no host has run, and the period that it would be for."""

from __future__ import annotations

import datetime
import urllib.parse

import pytest
from oslo_config import cfg

from nova_api import backend as nova_backend
from tests.functional.api.servers import given
from tests.functional.client import Api

PATH = "/os-instance_usage_audit_log"


def path(time: str) -> str:
    return f"{PATH}/{urllib.parse.quote(time)}"


def test_show(api: Api, backend: nova_backend.Backend) -> None:
    for host in ("alpha", "beta"):
        given.service(backend, host)
    for time in ("2012-07-05 10:00:00", "2012-07-05 10:00:00.123456"):
        assert api.admin.get(path(time)).json == {
            "instance_usage_audit_log": {
                "period_beginning": "2012-06-01 00:00:00",
                "period_ending": "2012-07-01 00:00:00",
                "num_hosts": 2,
                "num_hosts_done": 0,
                "num_hosts_running": 0,
                "num_hosts_not_run": 2,
                "hosts_not_run": ["alpha", "beta"],
                "total_instances": 0,
                "total_errors": 0,
                "overall_status": "0 of 2 hosts done. 0 errors.",
                "log": {},
            }
        }


def test_list(api: Api) -> None:
    (name,) = found = api.admin.get(PATH).json
    assert name == "instance_usage_audit_logs"
    log = found[name]
    assert (log["num_hosts"], log["overall_status"]) == (0, "ALL hosts done. 0 errors.")
    end = datetime.datetime.fromisoformat(log["period_ending"])
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    assert datetime.timedelta(0) < now - end < datetime.timedelta(days=32)
    assert (end.day, end.hour) == (1, 0)


@pytest.mark.parametrize(
    ("period", "before", "begin", "end"),
    [
        ("month", "2012-01-05 10:00:00", "2011-12-01 00:00:00", "2012-01-01 00:00:00"),
        ("month", "2012-07-01 00:00:00", "2012-05-01 00:00:00", "2012-06-01 00:00:00"),
        ("month@10", "2012-07-05 10:00:00", "2012-05-10 00:00:00", "2012-06-10 00:00:00"),
        ("month@31", "2012-03-05 10:00:00", "2012-01-31 00:00:00", "2012-02-29 00:00:00"),
        ("hour", "2012-07-05 00:30:00", "2012-07-04 23:00:00", "2012-07-05 00:00:00"),
        ("hour@45", "2012-07-05 10:30:00", "2012-07-05 08:45:00", "2012-07-05 09:45:00"),
        ("day", "2012-03-01 10:00:00", "2012-02-29 00:00:00", "2012-03-01 00:00:00"),
        ("day@12", "2012-07-05 10:00:00", "2012-07-03 12:00:00", "2012-07-04 12:00:00"),
        ("year", "2012-07-05 10:00:00", "2011-01-01 00:00:00", "2012-01-01 00:00:00"),
        ("year@9", "2012-07-05 10:00:00", "2010-09-01 00:00:00", "2011-09-01 00:00:00"),
    ],
)
def test_periods(api: Api, conf: cfg.ConfigOpts, period: str, before: str, begin: str, end: str) -> None:
    conf.set_override("instance_usage_audit_period", period)
    log = api.admin.get(path(before)).json["instance_usage_audit_log"]
    assert (log["period_beginning"], log["period_ending"]) == (begin, end)


@pytest.mark.parametrize("period", ["week", "hour@60", "day@24", "month@0", "year@13", "month@"])
def test_periods_that_there_are_not(conf: cfg.ConfigOpts, period: str) -> None:
    with pytest.raises(ValueError, match="match"):
        conf.set_override("instance_usage_audit_period", period)


@pytest.mark.parametrize("time", ["yesterday", "2012-07-05", "2012-07-05T10:00:00", "0001-01-01 10:00:00"])
def test_times_refused(api: Api, time: str) -> None:
    reply = api.admin.get(path(time))
    assert (reply.status_int, list(reply.json)) == (400, ["badRequest"])


def test_queries_and_policies(api: Api) -> None:
    for asked, name in ((PATH, "list"), (path("2012-07-05 10:00:00"), "show")):
        assert api.admin.get(f"{asked}?zz=1", version="2.101").status_int == 200
        assert api.admin.get(f"{asked}?zz=1", version="2.102").status_int == 400
        refused = api.get(asked)
        assert refused.status_int == 403
        assert f"os-instance-usage-audit-log:{name}" in refused.json["forbidden"]["message"]
