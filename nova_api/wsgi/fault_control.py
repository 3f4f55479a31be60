"""The control path of the filter ``faults``: rules are read, put and removed while the service runs."""

from __future__ import annotations

from typing import Any

import orjson
import webob

from nova_api import exception
from nova_api.api import faults
from nova_api.api.declare import Validator
from nova_api.context import ENVIRON_KEY
from nova_api.db import Database, fault_rules
from nova_api.db.fault_rules import FaultRule
from nova_api.wsgi import fault_rules as grammar

_ALLOW = {"all": "DELETE, GET, POST, PUT", "one": "DELETE, GET"}


def answer(db: Database, request: webob.Request, rule_id: str) -> webob.Response:
    """The reply to ``request`` for all rules, or for the one named ``rule_id``.

    Raises the exceptions of ``nova_api.exception`` for what cannot be answered.
    """
    context = request.environ.get(ENVIRON_KEY)
    if context is None:
        raise exception.Unauthorized(
            "Nobody has said who asks: the filter faults stands after the one that does."
        )
    if not context.is_admin:
        raise exception.Forbidden("Fault rules are the administrator's.")
    if rule_id:
        return _one(db, request, rule_id)
    if request.method == "GET":
        return _reply(200, {"faults": _shown(db)})
    if request.method == "PUT":
        return _put(db, _read(request, grammar.ALL)["faults"])
    if request.method == "POST":
        return _post(db, _read(request, grammar.ONE)["fault"])
    if request.method == "DELETE":
        with db.writer() as conn:
            fault_rules.clear(conn)
        return _reply(204)
    return _not_allowed("all")


def _one(db: Database, request: webob.Request, rule_id: str) -> webob.Response:
    with db.writer() as conn:
        found = next((rule for rule in fault_rules.all_rules(conn) if str(rule.id) == rule_id), None)
        if found is None:
            raise exception.NotFound(f"There is no fault rule {rule_id}.")
        if request.method == "GET":
            return _reply(200, {"fault": _view(found)})
        if request.method != "DELETE":
            return _not_allowed("one")
        if found.ini_key is not None:
            raise exception.Conflict(
                f"Fault rule {rule_id} stands in the ini: it goes when it is taken out there."
            )
        fault_rules.remove(conn, found.id)
    return _reply(204)


def _put(db: Database, said: list[dict[str, Any]]) -> webob.Response:
    rules = [grammar.check(rule) for rule in said]
    with db.writer() as conn:
        fault_rules.remove_put(conn)
        fault_rules.add(conn, [(rule.said, rule.on_build, None) for rule in rules])
    return _reply(200, {"faults": _shown(db)})


def _post(db: Database, said: dict[str, Any]) -> webob.Response:
    rule = grammar.check(said)
    with db.writer() as conn:
        (made,) = fault_rules.add(conn, [(rule.said, rule.on_build, None)])
    return _reply(201, {"fault": _view(FaultRule(made, None, rule.on_build, rule.said, 0, 0))})


def _read(request: webob.Request, schema: Validator) -> Any:
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise exception.Invalid(f"The request body is malformed: it is not JSON ({error}).") from error
    grammar.validate(schema, body)
    return body


def _shown(db: Database) -> list[dict[str, Any]]:
    with db.reader() as conn:
        return [_view(rule) for rule in fault_rules.all_rules(conn)]


def _view(rule: FaultRule) -> dict[str, Any]:
    origin = "put" if rule.ini_key is None else "ini"
    counts = {"matched": rule.matched, "fired": rule.fired}
    return {"id": rule.id, "origin": origin, **rule.rule, **counts}


def _reply(status: int, body: Any = None) -> webob.Response:
    if body is None:
        return webob.Response(status=status)
    return webob.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", charset=None
    )


def _not_allowed(what: str) -> webob.Response:
    response = faults.fault_response(405, f"Fault rules answer to {_ALLOW[what]} here.")
    response.headers["Allow"] = _ALLOW[what]
    return response
