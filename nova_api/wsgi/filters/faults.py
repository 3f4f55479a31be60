"""faults: replies that fail, are slow or never come, because a test has asked for them."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from typing import ClassVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import webob

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.api import faults
from nova_api.compute import fault_rules
from nova_api.context import ENVIRON_KEY
from nova_api.db import fault_rules as db_rules
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.fault_rules import FaultRule
from nova_api.wsgi import authentication, fault_control
from nova_api.wsgi.api_path import below_project
from nova_api.wsgi.fault_rules import Rule, parse
from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import Option
from nova_api.wsgi.wire import ClientGone

LOG = logging.getLogger(__name__)

CONTROL = "/faults"
#: Statuses that tell a client to come back, and so say when.
_COME_BACK = (413, 429, 503)


class Faults(Filter):
    """Answers, delays or cuts requests by rules, and serves ``/faults`` to put, read and remove them.

    For tests of clients, never for a cloud that people use: no shipped
    pipeline has it.  It stands after the filter that says who asks.  Rules and
    their counts are in the database, so all workers of all API processes
    count together, and compute services find the rules for builds.  ``docs/faults.md`` is
    the guide.

    Options:
        rules: one JSON object a line; these are in force whatever is put at run time
    """

    OPTIONS: ClassVar = (Option("rules", parse, ()),)

    def __init__(self, app: WSGIApplication, *, rules: Sequence[tuple[str, Rule]]) -> None:
        super().__init__(app)
        self.backend = nova_backend.active()
        self.of_ini = dict(rules)
        self._begun = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        context = environ.get(ENVIRON_KEY)
        project_id = getattr(context, "project_id", None)
        path = below_project(environ, project_id)
        rules = self._rules()
        if path == CONTROL or path.startswith(CONTROL + "/"):
            return self._control(path.removeprefix(CONTROL).strip("/"), environ, start_response)
        method = environ["REQUEST_METHOD"]
        rule = fault_rules.due(
            self.backend.db, [rule for rule in rules if _is_about(rule, method, path, project_id)]
        )
        if rule is None:
            return self.app(environ, start_response)
        LOG.info("Fault rule %d: %s %s", rule.id, method, path)
        time.sleep(rule.rule.get("delay", 0))
        if "cut" in rule.rule:
            if rule.rule["cut"] == "after":
                self._let_happen(environ)
            raise ClientGone(f"fault rule {rule.id} cuts it")
        if "status" in rule.rule:
            return _fault(rule, environ, start_response)
        return self.app(environ, start_response)

    def _control(
        self, rule_id: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            response = fault_control.answer(self.backend.db, webob.Request(environ), rule_id)
        except exception.NovaError as error:
            found = faults.response_of(error)
            if found is None:
                raise
            response = found
        reply: Iterable[bytes] = response(environ, start_response)
        return reply

    def _rules(self) -> list[FaultRule]:
        """All rules; those of the ini are put into the database where they are missing."""
        with self.backend.db.reader() as conn:
            rules = db_rules.all_rules(conn)
        if self._begun and self.of_ini.keys() <= {rule.ini_key for rule in rules}:
            return rules
        self._put_those_of_the_ini({rule.ini_key for rule in rules})
        self._begun = True
        with self.backend.db.reader() as conn:
            return db_rules.all_rules(conn)

    def _put_those_of_the_ini(self, there: set[str | None]) -> None:
        missing = [(rule.said, rule.on_build, key) for key, rule in self.of_ini.items() if key not in there]
        try:
            with self.backend.db.writer() as conn:
                if not self._begun:
                    # What an ini said that is not this one any more. Another section's puts itself back.
                    db_rules.remove_of_other_inis(conn, self.of_ini)
                db_rules.add(conn, missing)
        except DUPLICATE_ERRORS:
            LOG.debug("Another worker has put the rules of the ini already.")

    def _let_happen(self, environ: WSGIEnvironment) -> None:
        """The request has its effect; its reply goes nowhere."""
        _, _, body = webob.Request(environ).call_application(self.app)
        try:
            for _part in body:
                pass
        finally:
            getattr(body, "close", bool)()


def _is_about(rule: FaultRule, method: str, path: str, project_id: str | None) -> bool:
    said = rule.rule
    return (
        not rule.on_build
        and said.get("method") in (None, method)
        and said.get("project") in (None, project_id)
        and fault_rules.is_like(said.get("path"), path)
    )


def _fault(rule: FaultRule, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The status of the rule, in the form that the service itself would give it."""
    status: int = rule.rule["status"]
    message: str = rule.rule.get("message", f"Fault rule {rule.id} says that this fails.")
    if status == 401:
        return authentication.unauthorized(
            environ, start_response, message, authentication.identity_url(environ)
        )
    retry_after = rule.rule.get("retry_after", 1 if status in _COME_BACK else None)
    response = faults.fault_response(status, message, retry_after=retry_after)
    reply: Iterable[bytes] = response(environ, start_response)
    return reply
