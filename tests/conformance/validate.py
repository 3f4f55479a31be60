"""Validates recorded replies against the contract.

A reply is valid when its status is one that the operation may give at the version
used, its body fits the response schema of that version, an error stands in the
right envelope, and the headers that every reply carries are there.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema

from tests.conformance import contract, formats

ENDPOINT = re.compile(r"(?:/compute)?/(v1\.1|v2\.1|v2)(?:/+([0-9a-f-]+))?(/.*)?")

#: Status → key of the fault; every other error is a computeFault.
FAULTS = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}
#: Errors that layers above the API answer too, without an envelope.
BARE = frozenset({401, 413})

#: What this service has beside the API of the reference.
OWN = frozenset({"/openapi.json"})

#: Where the reference breaks its own response schema: (operation, keyword, what the message names).
KNOWN_MISMATCHES = (
    ("PUT /servers/{id}", "required", "'progress'"),
    ("POST /servers/{id}/action rebuild", "required", "'progress'"),
    ("PUT /os-volumes_boot/{id}", "required", "'progress'"),
    ("GET /os-instance_usage_audit_log", "format", "'uuid'"),
    ("GET /os-instance_usage_audit_log/{id}", "format", "'uuid'"),
    ("GET /os-hypervisors/detail", "required", "'disk_available_least'"),
    ("GET /os-hypervisors/{id}", "required", "'disk_available_least'"),
    # Ours, not the reference's: it has given up rates, and the ratelimit filter shows those that it keeps.
    ("GET /limits", "maxItems", "'regex'"),
)
#: Where the contract's status was read off a declaration that the reference's own code overrules:
#: these build their reply themselves, a 202 without a body, and stock clients refuse the 200.
KNOWN_STATUSES = {
    "POST /servers/{id}/action addFloatingIp": 202,
    "POST /servers/{id}/action removeFloatingIp": 202,
}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What was found out about one reply; no ``problems`` means valid."""

    operation: str
    resource: str
    version: str
    status: int
    problems: tuple[str, ...]
    test: str = ""


class Validator:
    """Checks exchanges as ``recorder`` writes them against one contract."""

    def __init__(self, known: contract.Contract) -> None:
        self.contract = known
        self._compiled: dict[int, Any] = {}

    def check(self, exchange: dict[str, Any]) -> Verdict | None:
        """The verdict on one exchange; None when the contract has nothing to say about it.

        That is the case outside the versioned endpoints, for paths of this service's own, for
        OPTIONS and HEAD, and for replies that were cut off before their status was known.
        """
        target = ENDPOINT.fullmatch(exchange["path"])
        if target is None or exchange["method"] in ("OPTIONS", "HEAD") or "status" not in exchange:
            return None
        endpoint, path = target[1], re.sub(r"/+", "/", target[3] or "/")
        if path in OWN:
            return None
        version = self._version(endpoint, exchange)
        status = exchange["status"]
        if path == "/" and status == 200:
            operation = self.contract.find("GET", path, None)
        else:
            operation = self.contract.find(exchange["method"], path, exchange.get("request_body"))
        problems = [
            *self._headers(endpoint, exchange, operation),
            *(
                self._success(operation, version, exchange)
                if status < 300
                else self._error(operation, version, exchange, path)
            ),
        ]
        return Verdict(
            operation=operation.name if operation else f"{exchange['method']} (not in the contract)",
            resource=operation.resource if operation else "(not in the contract)",
            version="v2" if version == contract.LEGACY else "{}.{}".format(*version),
            status=status,
            problems=tuple(problems),
            test=exchange.get("test", ""),
        )

    def _version(self, endpoint: str, exchange: dict[str, Any]) -> contract.Version:
        if endpoint != "v2.1":
            return contract.LEGACY
        used = exchange["headers"].get("x-openstack-nova-api-version", "")
        if (
            re.fullmatch(r"2\.\d+", used)
            and contract.OLDEST <= contract.parse(used) <= self.contract.max_version
        ):
            return contract.parse(used)
        return contract.OLDEST

    def _success(
        self, operation: contract.Operation | None, version: contract.Version, exchange: dict[str, Any]
    ) -> Iterator[str]:
        status = exchange["status"]
        if operation is None:
            yield f"answered {status}, and the contract has no such operation"
            return
        if operation.removed:
            yield f"answered {status}, and the contract says 410"
            return
        if not operation.exists(version):
            yield f"answered {status} outside {operation.min or ''}–{operation.max or ''}"
            return
        overruled = KNOWN_STATUSES.get(operation.name)
        expected = operation.success(version) if overruled is None else {overruled}
        if status not in expected:
            yield f"status {status} instead of {' or '.join(map(str, sorted(expected)))}"
            return
        yield from self._body(operation, version, exchange)

    def _body(
        self, operation: contract.Operation, version: contract.Version, exchange: dict[str, Any]
    ) -> Iterator[str]:
        text = exchange.get("body")
        try:
            value = json.loads(text) if text else None
        except ValueError:
            yield "the body is no JSON"
            return
        if text and not exchange["headers"].get("content-type", "").startswith("application/"):
            yield f"content type {exchange['headers'].get('content-type')!r}"
        schema = operation.response_schema(version)
        if schema is None:
            return
        if id(schema) not in self._compiled:
            self._compiled[id(schema)] = jsonschema.Draft202012Validator(
                schema, format_checker=formats.CHECKER
            )
        for error in self._compiled[id(schema)].iter_errors(value):
            if not _known(operation.name, error):
                where = "/".join("[]" if isinstance(part, int) else str(part) for part in error.absolute_path)
                yield f"schema: {where or '(body)'}: {error.validator}: {_shortly(error.message)}"

    def _error(
        self,
        operation: contract.Operation | None,
        version: contract.Version,
        exchange: dict[str, Any],
        path: str,
    ) -> Iterator[str]:
        status = exchange["status"]
        if status < 400:
            return
        if operation is not None:
            # One removed action had a last version before: above that it is not there, like any other.
            gone = operation.removed and operation.exists(version)
            if gone and status not in (400, 401, 406, 410, 415):
                yield f"answered {status}, and the contract says 410"
            elif not gone and status not in operation.errors(version):
                yield f"status {status} is none of the operation's errors"
        elif status >= 500 and status != 501:
            yield f"status {status} for a request that leads nowhere"
        yield from _envelope(exchange, enveloped=operation is not None or self.contract.knows_path(path))

    def _headers(
        self, endpoint: str, exchange: dict[str, Any], operation: contract.Operation | None
    ) -> Iterator[str]:
        headers = exchange["headers"]
        if not exchange.get("filters", True):
            pass
        elif not headers.get("x-openstack-request-id", "").startswith("req-"):
            yield "no X-OpenStack-Request-Id"
        elif headers["x-openstack-request-id"] != headers.get("x-compute-request-id"):
            yield "X-Compute-Request-Id is not X-OpenStack-Request-Id"
        handled = operation is not None and exchange["status"] not in (401, 413)
        unparsable = exchange["status"] == 400 and "x-openstack-nova-api-version" not in headers
        if endpoint == "v2.1" and handled and not unparsable:
            for name in ("openstack-api-version", "x-openstack-nova-api-version", "vary"):
                if name not in headers:
                    yield f"no {name}"
        elif endpoint != "v2.1" and "openstack-api-version" in headers:
            yield "a version header on a legacy endpoint"


def _known(operation: str, error: jsonschema.ValidationError) -> bool:
    return any(
        operation == name and error.validator == keyword and token in error.message
        for name, keyword, token in KNOWN_MISMATCHES
    )


def _shortly(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[: most - 50] + " … " + text[-47:]


def _envelope(exchange: dict[str, Any], *, enveloped: bool) -> Iterator[str]:
    """Problems of an error reply's body; ``enveloped`` False for paths that lead nowhere."""
    status, headers = exchange["status"], exchange["headers"]
    try:
        body = json.loads(exchange.get("body") or "")
    except ValueError:
        body = None
    key = FAULTS.get(status, "computeFault")
    if not isinstance(body, dict) or key not in body:
        if status not in BARE and enveloped:
            yield f"a {status} without {key}"
        return
    fault = body[key]
    if len(body) != 1 or not isinstance(fault, dict):
        yield f"{key} is not the only key of the fault"
        return
    if fault.get("code") != status or isinstance(fault.get("code"), bool):
        yield f"code {fault.get('code')!r} in a {status}"
    if not isinstance(fault.get("message"), str) or not fault["message"]:
        yield "a fault without a message"
    unknown = set(fault) - {"code", "message", "retryAfter"}
    if unknown:
        yield f"a fault with {', '.join(sorted(unknown))}"
    if ("retryAfter" in fault) != ("retry-after" in headers):
        yield "retryAfter and Retry-After do not go together"
    if headers.get("content-type", "").replace(" ", "").lower() != "application/json;charset=utf-8":
        yield f"a fault of content type {headers.get('content-type')!r}"
    if status == 405 and "allow" not in headers:
        yield "405 without Allow"


@dataclasses.dataclass
class Report:
    """Verdicts, added up."""

    verdicts: list[Verdict]

    @property
    def valid(self) -> int:
        return sum(not verdict.problems for verdict in self.verdicts)

    @property
    def checked(self) -> int:
        return len(self.verdicts)

    def lines(self, most: int = 60) -> Iterator[str]:
        """Failures (the same one once, with its count and an example), then totals by resource."""
        groups: dict[tuple[str, str], list[Verdict]] = collections.defaultdict(list)
        for verdict in self.verdicts:
            for problem in verdict.problems:
                groups[verdict.operation, problem].append(verdict)
        ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
        for (operation, problem), those in ranked[:most]:
            versions = sorted({verdict.version for verdict in those}, key=_by_number)
            span = versions[0] if len(versions) == 1 else f"{versions[0]}…{versions[-1]}"
            yield f"{len(those):5} × {operation} at {span}: {problem}" + (
                f"   ({those[0].test})" if those[0].test else ""
            )
        if len(ranked) > most:
            yield f"      and {len(ranked) - most} more kinds of failure"
        yield f"{'replies by resource':40} {'valid/checked':>15} {'501':>6}"
        by_resource: dict[str, list[Verdict]] = collections.defaultdict(list)
        for verdict in self.verdicts:
            by_resource[verdict.resource].append(verdict)
        for resource, those in sorted(by_resource.items()):
            valid = sum(not verdict.problems for verdict in those)
            unbuilt = sum(verdict.status == 501 for verdict in those)
            yield f"{resource:40} {f'{valid}/{len(those)}':>15} {unbuilt or '':>6}"


def _by_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def read(paths: Iterable[pathlib.Path]) -> Iterator[dict[str, Any]]:
    """The exchanges of recorded files, in order."""
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def validate(known: contract.Contract, exchanges: Iterable[dict[str, Any]]) -> Report:
    """The report on ``exchanges``."""
    validator = Validator(known)
    return Report([verdict for exchange in exchanges if (verdict := validator.check(exchange)) is not None])
