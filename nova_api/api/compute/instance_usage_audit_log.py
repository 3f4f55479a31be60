"""``/os-instance_usage_audit_log``: how far the audit of what servers used has come.

Source: views.md "Usage audit log" of the facts.
"""

from __future__ import annotations

import datetime
from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, One, Query, View, operation, types
from nova_api.api.declare.types import JSONSchema
from nova_api.api.request import Request
from nova_api.compute import usage_audit
from nova_api.compute.usage_audit import Audit

_P = "os_compute_api:os-instance-usage-audit-log:"
LIST = policy.rule(_P + "list", policy.ADMIN, "Show the audit of the last complete period.")
SHOW = policy.rule(_P + "show", policy.ADMIN, "Show the audit of the last period before a time.")

QUERY = Query(closed_since="2.102")

_COUNT: JSONSchema = {"type": "integer", "minimum": 0}


def _time(name: str) -> Any:
    """A time as this resource alone writes it: with a space, to the second."""
    return lambda audit, _request: getattr(audit, name).isoformat(sep=" ", timespec="seconds")


def _number(audit: Audit, _request: Request) -> int:
    return len(audit.hosts)


def _none(_audit: Audit, _request: Request) -> int:
    return 0


def _status(audit: Audit, _request: Request) -> str:
    done = f"0 of {len(audit.hosts)}" if audit.hosts else "ALL"
    return f"{done} hosts done. 0 errors."


VIEW = View(
    "usage audit log",
    Field("period_beginning", _time("begin"), types.STRING),
    Field("period_ending", _time("end"), types.STRING),
    Field("num_hosts", _number, _COUNT),
    Field("num_hosts_done", _none, _COUNT),
    Field("num_hosts_running", _none, _COUNT),
    Field("num_hosts_not_run", _number, _COUNT),
    Field("hosts_not_run", "hosts", {"type": "array", "items": types.STRING}),
    Field("total_instances", _none, _COUNT),
    Field("total_errors", _none, _COUNT),
    Field("overall_status", _status, types.STRING),
    Field("log", lambda _audit, _request: {}, {"type": "object"}),
)


class InstanceUsageAuditLogController(Controller):
    """``/os-instance_usage_audit_log``."""

    @operation(
        "GET",
        "/os-instance_usage_audit_log",
        policy=LIST,
        query=QUERY,
        response=One("instance_usage_audit_logs", VIEW),
    )
    def index(self, request: Request) -> Audit:
        del request
        return usage_audit.audit(self.backend)

    @operation(
        "GET",
        "/os-instance_usage_audit_log/{id}",
        policy=SHOW,
        query=QUERY,
        response=One("instance_usage_audit_log", VIEW),
        errors=(400,),
    )
    def show(self, request: Request, id: str) -> Audit:
        del request
        form = "%Y-%m-%d %H:%M:%S.%f" if "." in id else "%Y-%m-%d %H:%M:%S"
        try:
            before = datetime.datetime.strptime(id, form)
        except ValueError as error:
            raise exception.Invalid(f"Invalid timestamp for date {id}") from error
        return usage_audit.audit(self.backend, before)
