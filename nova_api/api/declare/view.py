"""Response fields: a view is a table of them, compiled once per interval of versions.

A field's ``get`` receives the record and the view context of the request
(links, related records loaded for the whole page, options) and returns a JSON
value, or ``OMIT`` to leave the key out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

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

    def at(self, version: Version) -> tuple[Field, ...]:
        """The fields shown at ``version``, policies not asked."""
        start = self._intervals.start(version)
        if start not in self._compiled:
            self._compiled[start] = tuple(field for field in self.fields if field.window.contains(start))
        return self._compiled[start]

    def visible(self, request: ViewContext) -> tuple[Field, ...]:
        """The fields that this caller sees at the version of the request."""
        return tuple(
            field
            for field in self.at(request.version)
            if field.policy is None or request.allowed(field.policy)
        )

    def needs(self, request: ViewContext) -> frozenset[str]:
        """Names of the related data that the visible fields need."""
        return frozenset(field.loads for field in self.visible(request) if field.loads is not None)

    def render(self, records: Iterable[Any], request: ViewContext) -> list[dict[str, Any]]:
        """One object a record."""
        getters = [(field.name, field.get) for field in self.visible(request)]
        rendered = []
        for record in records:
            shown = {}
            for name, get in getters:
                value = get(record, request)
                if value is not OMIT:
                    shown[name] = value
            rendered.append(shown)
        return rendered

    def schema(self, version: Version) -> JSONSchema:
        """JSON Schema of what ``render`` gives at ``version``."""
        fields = self.at(version)
        return {
            "type": "object",
            "properties": {field.name: field.type for field in fields},
            "required": [field.name for field in fields if not (field.optional or field.policy)],
            "additionalProperties": False,
        }
