"""The validator on a contract of three routes: what is right passes, each thing that is wrong is named."""

from __future__ import annotations

import json

import pytest

from tests.conformance import contract, validate

STRICT = {"type": "object", "additionalProperties": False}
DOCUMENT = {
    "max_microversion": "2.104",
    "corrections": [
        {
            "method": "PUT",
            "path": "/things/{id}",
            "success": [{"code": 201, "when": "made"}, {"code": 204, "when": "there"}],
        }
    ],
    "defs": {
        "thing": {**STRICT, "properties": {"id": {"type": "string", "format": "uuid"}}, "required": ["id"]},
        "new": {
            **STRICT,
            "properties": {"id": {"type": "string"}, "tag": {"type": "string"}},
            "required": ["tag"],
        },
    },
    "routes": [
        {"path": "", "redirect": "/"},
        {
            "path": "/things/{id}",
            "method": "GET",
            "success": [{"code": 200, "min": None, "max": None}],
            "errors": [{"codes": [409], "min": "2.10", "max": None}],
            "response_body_schemas": [
                {"min": "2.1", "max": "2.9", "schema": {"$": "thing"}},
                {"min": "2.10", "max": None, "schema": {"$": "new"}},
            ],
        },
        {
            "path": "/things/detail",
            "method": "GET",
            "min": "2.5",
            "max": "2.35",
            "success": [{"code": 200, "min": None, "max": None}],
            "response_body_schemas": [{"min": "2.0", "max": None, "schema": {"type": "array"}}],
        },
        {
            "path": "/things/{id}",
            "method": "PUT",
            "success": [{"code": 200, "min": None, "max": None}],
            "response_body_schemas": [{"min": "2.0", "max": None, "schema": {"type": "null"}}],
        },
        {
            "path": "/things/{id}/action",
            "method": "POST",
            "actions": {
                "start": {
                    "success": [{"code": 202, "min": None, "max": None}],
                    "response_body_schemas": [{"min": "2.0", "max": None, "schema": {"type": "null"}}],
                },
                "stop": {"removed": {"release": "1", "codename": "a"}, "success": []},
            },
        },
        {"path": "/gone", "method": "GET", "removed": {"release": "1", "codename": "a"}, "success": []},
    ],
}
ID = "6f70656e-7374-6163-6b20-342065766572".replace(" ", "0")


@pytest.fixture
def check():
    validator = validate.Validator(contract.Contract(DOCUMENT))

    def run(
        path,
        status=200,
        body=None,
        *,
        method="GET",
        version="2.1",
        asked="",
        drop=(),
        filters=True,
        **headers,
    ):
        legacy = "/v2.1" not in path
        given = {
            "x-openstack-request-id": "req-1",
            "x-compute-request-id": "req-1",
            "content-type": "application/json" if status < 400 else "application/json; charset=UTF-8",
        }
        if not legacy:
            given |= {
                "openstack-api-version": f"compute {version}",
                "x-openstack-nova-api-version": version,
                "vary": "OpenStack-API-Version",
            }
        given |= headers
        return validator.check(
            {
                "method": method,
                "path": path,
                "request_body": asked,
                "status": status,
                "headers": {name: value for name, value in given.items() if name not in drop},
                "body": "" if body is None else json.dumps(body),
                "filters": filters,
            }
        )

    return run


def fault(key, code, **more):
    return {key: {"code": code, "message": "because", **more}}


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v2.1/things/7", {"body": {"id": ID}}),
        ("/v2.1/0123abc/things/7", {"body": {"id": ID}}),
        ("/compute/v2.1/things/7", {"body": {"id": ID}}),
        ("/v2.1//things/7", {"body": {"id": ID}}),
        ("/v2.1/things/7", {"body": {"tag": "a"}, "version": "2.10"}),
        # The legacy endpoints fall back to the windows of 2.1.
        ("/v2/things/7", {"body": {"id": ID}}),
        ("/v1.1/things/7", {"body": {"id": ID}}),
        ("/v2.1/things/detail", {"body": [], "version": "2.5"}),
        ("/v2.1/things/7", {"method": "PUT", "status": 204}),
        ("/v2.1/things/7", {"method": "PUT", "status": 201}),
        ("/v2.1/things/7/action", {"method": "POST", "status": 202, "asked": '{"start": null}'}),
        (
            "/v2.1/things/7/action",
            {"method": "POST", "status": 410, "asked": '{"stop": 1}', "body": fault("computeFault", 410)},
        ),
        ("/v2.1/gone", {"status": 410, "body": fault("computeFault", 410)}),
        ("/v2.1/things/7", {"status": 404, "body": fault("itemNotFound", 404)}),
        ("/v2.1/things/7", {"status": 409, "body": fault("conflictingRequest", 409), "version": "2.10"}),
        (
            "/v2.1/things/7",
            {"status": 429, "body": fault("overLimit", 429, retryAfter=3), "retry-after": "3"},
        ),
        ("/v2.1/things/7", {"status": 401, "content-type": "text/plain"}),
        ("/v2.1/nowhere", {"status": 404, "content-type": "text/html"}),
        ("/v2.1/things/7", {"body": {"id": ID}, "drop": ["x-openstack-request-id"], "filters": False}),
    ],
)
def test_what_is_right_is_valid(check, path, more) -> None:
    assert check(path, **more).problems == ()


@pytest.mark.parametrize(
    ("path", "more", "says"),
    [
        ("/v2.1/things/7", {"body": {"id": "x"}}, "schema: id: format"),
        ("/v2.1/things/7", {"body": {"id": ID, "more": 1}}, "schema: (body): additionalProperties"),
        ("/v2.1/things/7", {"body": {"id": ID}, "version": "2.10"}, "required"),
        ("/v2.1/things/7", {}, "schema: (body): type"),
        ("/v2.1/things/7", {"status": 202, "body": {"id": ID}}, "status 202 instead of 200"),
        ("/v2.1/things/detail", {"body": []}, "answered 200 outside 2.5–2.35"),
        ("/v2.1/things/detail", {"body": [], "version": "2.36"}, "answered 200 outside"),
        ("/v2.1/things/7", {"method": "DELETE", "status": 204}, "no such operation"),
        ("/v2.1/gone", {"body": []}, "the contract says 410"),
        ("/v2.1/gone", {"status": 404, "body": fault("itemNotFound", 404)}, "the contract says 410"),
        (
            "/v2.1/things/7",
            {"status": 409, "body": fault("conflictingRequest", 409)},
            "none of the operation's",
        ),
        ("/v2.1/things/7", {"status": 404, "body": fault("badRequest", 404)}, "a 404 without itemNotFound"),
        ("/v2.1/things/7", {"status": 404, "body": fault("itemNotFound", "404")}, "code '404'"),
        (
            "/v2.1/things/7",
            {"status": 404, "body": fault("itemNotFound", 404, extra=1)},
            "a fault with extra",
        ),
        (
            "/v2.1/things/7",
            {"status": 404, "body": fault("itemNotFound", 404), "content-type": "application/json"},
            "of content type",
        ),
        ("/v2.1/things/7", {"status": 429, "body": fault("overLimit", 429, retryAfter=3)}, "Retry-After"),
        (
            "/v2.1/things/7",
            {"status": 405, "method": "PATCH", "body": fault("badMethod", 405)},
            "405 without Allow",
        ),
        ("/v2.1/nowhere", {"status": 500, "body": fault("computeFault", 500)}, "leads nowhere"),
        ("/v2.1/things/7", {"body": {"id": ID}, "drop": ["vary"]}, "no vary"),
        (
            "/v2.1/things/7",
            {"body": {"id": ID}, "drop": ["x-openstack-request-id"]},
            "no X-OpenStack-Request-Id",
        ),
        (
            "/v2.1/things/7",
            {"body": {"id": ID}, "x-compute-request-id": "req-2"},
            "is not X-OpenStack-Request-Id",
        ),
        ("/v2/things/7", {"body": {"id": ID}, "openstack-api-version": "compute 2.1"}, "legacy endpoint"),
    ],
)
def test_what_is_wrong_is_named(check, path, more, says) -> None:
    problems = check(path, **more).problems
    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("path", "method"),
    [("/", "GET"), ("/identity/v3", "GET"), ("/v2.1/things", "OPTIONS"), ("/v2.1/openapi.json", "GET")],
)
def test_what_the_contract_says_nothing_about_is_not_counted(check, path, method) -> None:
    assert check(path, method=method) is None


def test_a_known_status_overrules_the_contract(check, monkeypatch) -> None:
    asked = {"method": "POST", "asked": '{"start": null}'}
    monkeypatch.setitem(validate.KNOWN_STATUSES, "POST /things/{id}/action start", 204)
    assert check("/v2.1/things/7/action", 204, **asked).problems == ()
    assert check("/v2.1/things/7/action", 202, **asked).problems == ("status 202 instead of 204",)


def test_known_mismatches_of_the_reference_are_let_through() -> None:
    schema = {"type": "object", "required": ["progress", "name"]}
    document = {
        **DOCUMENT,
        "routes": [
            {
                "path": "/servers/{id}",
                "method": "PUT",
                "success": [{"code": 200, "min": None, "max": None}],
                "response_body_schemas": [{"min": "2.0", "max": None, "schema": schema}],
            }
        ],
    }
    verdict = validate.Validator(contract.Contract(document)).check(
        {
            "method": "PUT",
            "path": "/v2/servers/1",
            "status": 200,
            "body": "{}",
            "headers": {
                "content-type": "application/json",
                "x-openstack-request-id": "req-1",
                "x-compute-request-id": "req-1",
            },
        }
    )
    assert [problem for problem in verdict.problems if "progress" in problem] == []
    assert [problem for problem in verdict.problems if "'name'" in problem] != []


def test_the_report_adds_up(check) -> None:
    report = validate.Report([check("/v2.1/things/7", body={"id": value}) for value in (ID, "x", "x")])
    assert (report.valid, report.checked) == (1, 3)
    text = "\n".join(report.lines())
    assert "2 × GET /things/{id} at 2.1: schema: id: format" in text
    assert "1/3" in text
