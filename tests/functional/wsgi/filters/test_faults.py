"""Faults on demand: rules that match, count and fire; their control path; their place in the database."""

from __future__ import annotations

import pytest

from nova_api import backend as nova_backend
from nova_api.context import ENVIRON_KEY, RequestContext
from nova_api.wsgi.filters.faults import Faults
from nova_api.wsgi.options import OptionError
from nova_api.wsgi.wire import ClientGone

RULE = {"method": "GET", "path": "/servers", "status": 503}


@pytest.fixture
def call(ask):
    def request(app, path, method="GET", body=None, user="u1", project="p1", roles=()):
        environ = {ENVIRON_KEY: RequestContext(user_id=user, project_id=project, roles=roles)}
        return ask(app, path, method=method, body=body, environ=environ)

    return request


@pytest.fixture
def control(call):
    def request(app, method="GET", json=None, path="/faults"):
        import orjson

        body = None if json is None else orjson.dumps(json)
        return call(app, path, method, body=body, roles=["admin"])

    return request


@pytest.fixture
def filtered(backend, app):
    return Faults.factory({})(app)


def put(control, app, *rules):
    reply = control(app, "PUT", {"faults": list(rules)})
    assert reply.status_int == 200, reply.text


def test_without_rules_everything_passes(filtered, call, app):
    assert call(filtered, "/servers").text == "hello"
    assert len(app.seen) == 1


@pytest.mark.parametrize(
    ("when", "statuses"),
    [
        (None, [503] * 6),
        ("always", [503] * 6),
        ("first 2", [503, 503, 200, 200, 200, 200]),
        ("only 3", [200, 200, 503, 200, 200, 200]),
        ("after 4", [200, 200, 200, 200, 503, 503]),
        ("every 3", [200, 200, 503, 200, 200, 503]),
    ],
)
def test_when(filtered, call, control, when, statuses):
    put(control, filtered, RULE if when is None else {**RULE, "when": when})
    assert [call(filtered, "/servers").status_int for _ in range(6)] == statuses
    (shown,) = control(filtered).json["faults"]
    assert (shown["matched"], shown["fired"]) == (6, statuses.count(503))


@pytest.mark.parametrize(
    ("path", "method", "project", "fires"),
    [
        ("/servers", "GET", "p1", True),
        ("/p1/servers", "GET", "p1", True),
        ("/6f70-656e/servers", "GET", "p1", True),
        ("//servers?limit=1", "GET", "p1", True),
        ("/servers/x", "GET", "p1", False),
        ("/servers", "POST", "p1", False),
        ("/servers", "GET", "p2", False),
    ],
)
def test_what_a_rule_is_about(filtered, call, control, path, method, project, fires):
    put(control, filtered, {**RULE, "project": "p1"})
    assert (call(filtered, path, method, project=project).status_int == 503) is fires


def test_a_rule_without_method_and_path_is_about_everything_but_the_control_path(filtered, call, control):
    put(control, filtered, {"status": 500})
    assert call(filtered, "/anything", "PATCH").json["computeFault"]["code"] == 500
    assert control(filtered).status_int == 200


@pytest.mark.parametrize(
    ("status", "name", "retry_after"),
    [
        (400, "badRequest", None),
        (404, "itemNotFound", None),
        (409, "conflictingRequest", None),
        (413, "overLimit", "1"),
        (429, "overLimit", "1"),
        (503, "serviceUnavailable", "1"),
        (504, "computeFault", None),
    ],
)
def test_a_status_has_the_body_of_the_service_s_own_faults(
    filtered, call, control, app, status, name, retry_after
):
    put(control, filtered, {"status": status, "message": "As asked."})
    reply = call(filtered, "/servers")
    assert (reply.status_int, reply.headers.get("Retry-After")) == (status, retry_after)
    assert reply.json[name]["message"] == "As asked."
    assert reply.json[name].get("retryAfter") == retry_after
    assert app.seen == []


def test_401_is_that_of_the_authentication_filters(filtered, call, control):
    put(control, filtered, {"status": 401})
    reply = call(filtered, "/servers")
    assert (reply.status_int, reply.content_type) == (401, "text/plain")
    assert reply.headers["WWW-Authenticate"].startswith("Keystone uri=")


@pytest.mark.parametrize(("where", "seen"), [("before", 0), ("after", 1)])
def test_a_cut_ends_the_connection_before_or_after_the_effect(filtered, call, control, app, where, seen):
    put(control, filtered, {"path": "/servers", "cut": where})
    with pytest.raises(ClientGone):
        call(filtered, "/servers")
    assert len(app.seen) == seen


def test_the_first_rule_that_is_due_has_its_effect_and_all_count(filtered, call, control):
    put(control, filtered, {**RULE, "when": "only 2"}, {**RULE, "status": 409, "when": "first 2"}, RULE)
    assert [call(filtered, "/servers").status_int for _ in range(3)] == [409, 503, 503]
    counts = [(rule["matched"], rule["fired"]) for rule in control(filtered).json["faults"]]
    assert counts == [(3, 1), (3, 1), (3, 1)]


def test_control_adds_shows_and_removes(filtered, control, call):
    made = control(filtered, "POST", {"fault": RULE})
    assert made.status_int == 201
    shown = made.json["fault"]
    assert shown == {"id": shown["id"], "origin": "put", **RULE, "matched": 0, "fired": 0}
    one = f"/faults/{shown['id']}"
    assert control(filtered, path=one).json == {"fault": shown}
    assert control(filtered, "DELETE", path=one).status_int == 204
    assert control(filtered, path=one).status_int == 404
    assert control(filtered, "POST", path=one, json={}).status_int == 404
    put(control, filtered, RULE, RULE)
    put(control, filtered, RULE)
    assert len(control(filtered, path="/p1/faults").json["faults"]) == 1
    assert control(filtered, "DELETE").status_int == 204
    assert control(filtered).json == {"faults": []}
    assert call(filtered, "/servers").status_int == 200


def test_control_is_the_administrator_s(filtered, call, ask):
    reply = call(filtered, "/faults")
    assert (reply.status_int, "administrator" in reply.json["forbidden"]["message"]) == (403, True)
    assert ask(filtered, "/faults").status_int == 401


def test_other_methods_of_the_control_path(filtered, control):
    made = control(filtered, "POST", {"fault": RULE}).json["fault"]
    for path, allowed in (("/faults", "DELETE, GET, POST, PUT"), (f"/faults/{made['id']}", "DELETE, GET")):
        reply = control(filtered, "PATCH", path=path)
        assert (reply.status_int, reply.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"path": "/servers"}, "needs an effect"),
        ({"status": 200}, "less than the minimum of 400"),
        ({"stauts": 500}, "did you mean 'status'"),
        ({"status": 500, "path": "("}, "regular expression"),
        ({"status": 500, "when": "sometimes"}, "field when"),
        ({"status": 500, "when": "first 0"}, "field when"),
        ({"status": 500, "cut": "before"}, "one of them"),
        ({"delay": 1, "retry_after": 2}, 'go with a "status"'),
        ({"delay": -1}, "field delay"),
        ({"cut": "sometimes"}, "'before', 'after'"),
        ({"method": "get", "status": 500}, "field method"),
        ({"build": "slow"}, "seconds"),
        ({"build": "fail", "seconds": 1}, "seconds"),
        ({"build": "hang", "message": "x"}, "message"),
        ({"build": "fail", "path": "/servers"}, "'path'"),
        ({"server": "x"}, "build"),
        ({"build": "fail", "metadata": {}}, "field metadata"),
        ("fail", "object"),
    ],
)
def test_a_bad_rule_is_a_sentence(conf, filtered, control, rule, sentence):
    reply = control(filtered, "PUT", {"faults": [RULE, rule]})
    assert reply.status_int == 400
    assert sentence in reply.json["badRequest"]["message"]
    assert control(filtered).json == {"faults": []}
    import json

    with pytest.raises(OptionError) as refused:
        Faults.factory({}, rules=f"{json.dumps(RULE)}\n{json.dumps(rule)}")
    assert sentence in str(refused.value)
    assert "rules has a bad rule 2" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"faults": {}}', b'{"fault": 1}', b'{"faults": [], "x": 1}']
)
def test_a_bad_body_is_a_sentence(filtered, call, body):
    for method in ("PUT", "POST"):
        reply = call(filtered, "/faults", method, body=body, roles=["admin"])
        assert reply.status_int == 400
        assert reply.json["badRequest"]["message"]


def test_rules_of_the_ini(backend, app, call, control):
    text = '{"path": "/servers", "when": "first 1", "status": 409}\n\n  {"server": "x", "build": "fail"}'
    filtered = Faults.factory({}, rules=text)(app)
    assert [call(filtered, "/servers").status_int for _ in range(2)] == [409, 200]
    put(control, filtered, RULE)
    origins = [(rule["origin"], rule["matched"]) for rule in control(filtered).json["faults"]]
    assert origins == [("ini", 2), ("ini", 0), ("put", 0)]
    first = control(filtered).json["faults"][0]["id"]
    assert control(filtered, "DELETE", path=f"/faults/{first}").status_int == 409
    # The counts begin anew, and what was put is gone.
    assert control(filtered, "DELETE").status_int == 204
    assert [call(filtered, "/servers").status_int for _ in range(2)] == [409, 200]
    # Another text takes the place of this one.
    other = Faults.factory({}, rules='{"status": 418}')(app)
    assert call(other, "/servers").status_int == 418
    assert [rule["status"] for rule in control(other).json["faults"]] == [418]


def test_an_ini_that_is_no_json(conf):
    with pytest.raises(OptionError, match="rules is not one JSON object a line: rule 1"):
        Faults.factory({}, rules="status=500")


def test_workers_count_together(backend, app, call, control, conf):
    """Two filters on two backends of one database, as in two processes."""
    rules = '{"path": "/flavors", "when": "only 1", "status": 409}'
    first = Faults.factory({}, rules=rules)(app)
    second = Faults.factory({}, rules=rules)(app)
    second.backend = nova_backend.Backend(conf)
    assert [call(each, "/flavors").status_int for each in (first, second)] == [409, 200]
    put(control, first, {**RULE, "when": "every 2"})
    assert [call(each, "/servers").status_int for each in (first, second) * 2] == [200, 503, 200, 503]
    assert control(second).json == control(first).json
    second.backend.db.dispose()
