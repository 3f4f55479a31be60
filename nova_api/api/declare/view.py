"""Response fields: a view is a table of them, compiled once per interval of versions.

A field's ``get`` receives the record and the view context of the request
(links, related records loaded for the whole page, options) and returns a JSON
value, or ``OMIT`` to leave the key out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

import orjson

from nova_api import turns
from nova_api.api.declare.version import Intervals, Version, Window, check_overlaps


class _Omit:
    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = _Omit()

JSONSchema = dict[str, Any]


class ViewContext(Protocol):
    """What a render needs of the request."""

    version: Version

    def allowed(self, policy: str) -> bool: ...


class Field:
    """One key of a reply.

    :param name: the key
    :param get: ``(record, request) -> value | OMIT``; a string is the record's attribute
    :param type: JSON Schema of the value
    :param since: first version that shows it
    :param until: last version that shows it
    :param policy: name of the policy that a caller must pass to see it
    :param loads: related data that ``get`` needs, loaded once for a page
    :param optional: whether ``get`` may return OMIT
    """

    def __init__(
        self,
        name: str,
        get: str | Callable[[Any, Any], Any],
        type: JSONSchema,
        since: str | None = None,
        until: str | None = None,
        policy: str | None = None,
        loads: str | None = None,
        optional: bool = False,
    ) -> None:
        self.name = name
        self.get = _attribute(get) if isinstance(get, str) else get
        #: Where the record's attribute is shown as it is.
        self.attribute = get if isinstance(get, str) else None
        self.type = type
        self.window = Window(since, until)
        self.policy = policy
        self.loads = loads
        self.optional = optional

    def from_version(self, since: str) -> Field:
        """The same field, not shown before ``since``."""
        field = copy.copy(self)
        field.window = self.window.narrowed(since)
        return field


def _attribute(name: str) -> Callable[[Any, Any], Any]:
    return lambda record, _request: getattr(record, name)


class _Plan:
    """What a view shows to callers with the same rights at the versions of one interval."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        self.needs = frozenset(field.loads for field in fields if field.loads is not None)
        self.show = _compiled(fields)


def _compiled(fields: Sequence[Field]) -> Callable[[Any, Any], dict[str, Any]]:
    """A function from (record, request) to what is shown: a line a field, no loop and no look-up.

    Made of the declarations as source, as dataclasses make theirs.
    """
    known: dict[str, Any] = {"OMIT": OMIT}
    lines = ["def show(record, request):", "    shown = {}"]
    for number, field in enumerate(fields):
        if field.attribute is not None:
            lines.append(f"    shown[{field.name!r}] = record.{field.attribute}")
            continue
        known[f"get{number}"] = field.get
        lines.append(f"    value = get{number}(record, request)")
        lines.append(f"    if value is not OMIT: shown[{field.name!r}] = value")
    lines.append("    return shown")
    exec("\n".join(lines), known)
    show: Callable[[Any, Any], dict[str, Any]] = known["show"]
    return show


class View:
    """The fields of one reply, in the order in which they are written.

    Raises ValueError at import where two windows of one key overlap.
    """

    def __init__(self, name: str, *fields: Field) -> None:
        self.name = name
        self.fields = fields
        check_overlaps(name, ((field.name, field.window) for field in fields))
        self._intervals = Intervals(field.window for field in fields)
        self._compiled: dict[Version, tuple[Field, ...]] = {}
        self._policies: dict[Version, tuple[str, ...]] = {}
        self._plans: dict[tuple[Version, tuple[bool, ...]], _Plan] = {}

    def at(self, version: Version) -> tuple[Field, ...]:
        """The fields shown at ``version``, policies not asked."""
        start = self._intervals.start(version)
        if start not in self._compiled:
            found = tuple(field for field in self.fields if field.window.contains(start))
            self._policies[start] = tuple(dict.fromkeys(field.policy for field in found if field.policy))
            self._compiled[start] = found
        return self._compiled[start]

    def _plan(self, request: ViewContext) -> _Plan:
        fields = self.at(request.version)
        start = self._intervals.start(request.version)
        policies = self._policies[start]
        granted = tuple([request.allowed(policy) for policy in policies])
        plan = self._plans.get((start, granted))
        if plan is None:
            hidden = {policy for policy, may in zip(policies, granted, strict=True) if not may}
            plan = _Plan(tuple(field for field in fields if field.policy not in hidden))
            self._plans[start, granted] = plan
        return plan

    def visible(self, request: ViewContext) -> tuple[Field, ...]:
        """The fields that this caller sees at the version of the request."""
        return self._plan(request).fields

    def needs(self, request: ViewContext) -> frozenset[str]:
        """Names of the related data that the visible fields need."""
        return self._plan(request).needs

    def render(self, records: Sequence[Any], request: ViewContext) -> list[dict[str, Any]]:
        """One object a record."""
        show = self._plan(request).show
        return [show(record, request) for record in turns.shared(records)]

    def render_json(
        self, records: Sequence[Any], request: ViewContext, item: str | None = None
    ) -> Iterator[bytes]:
        """The same as JSON, without the brackets, each object under the key ``item`` where there is one.

        A page of a thousand is written a few at a time: so their objects stay in the processor's caches.
        """
        show = self._plan(request).show
        before = b""
        for few in turns.batches(records):
            shown = [show(record, request) for record in few]
            yield before
            yield orjson.dumps(shown if item is None else [{item: one} for one in shown])[1:-1]
            before = b","

    def schema(self, version: Version) -> JSONSchema:
        """JSON Schema of what ``render`` gives at ``version``."""
        fields = self.at(version)
        return {
            "type": "object",
            "properties": {field.name: field.type for field in fields},
            "required": [field.name for field in fields if not (field.optional or field.policy)],
            "additionalProperties": False,
        }
