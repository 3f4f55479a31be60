"""Request bodies and query strings: parameters with windows, compiled to JSON Schema validators.

A schema is a plain JSON Schema fragment in which ``Object`` and ``Array`` may
stand anywhere; those carry parameters whose windows decide what each version
accepts.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from nova_api.api.declare import formats
from nova_api.api.declare.version import LEGACY, Intervals, Version, Window, check_overlaps, text

JSONSchema = dict[str, Any]
#: JSON Schema, or a declaration, or JSON Schema with declarations inside.
Schema = Any


class Param:
    """One key of a request body.

    :param name: the key
    :param schema: what its value must be
    :param since: first version that accepts it
    :param until: last version that accepts it
    :param required: whether (or from which version) it must be there
    :param legacy: what the legacy API accepts instead of ``schema``
    """

    def __init__(
        self,
        name: str,
        schema: Schema,
        since: str | None = None,
        until: str | None = None,
        required: bool | str = False,
        legacy: Schema = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.window = Window(since, until)
        self.required = Window(required) if isinstance(required, str) else Window() if required else None
        self.legacy = schema if legacy is None else legacy


class Object:
    """A JSON object of declared parameters.

    :param params: its keys; two of one name must have windows that do not overlap
    :param extra: what other keys may hold: nothing (False, the default) or anything (True)
    :param patterns: schemas by regular expression of the key
    :param keywords: further JSON Schema keywords, such as ``minProperties``
    """

    def __init__(
        self,
        *params: Param,
        extra: bool = False,
        patterns: Mapping[str, Schema] | None = None,
        **keywords: Schema,
    ) -> None:
        check_overlaps("object", ((param.name, param.window) for param in params))
        self.params = params
        self.extra = extra
        self.patterns = dict(patterns or {})
        self.keywords = keywords

    def compile(self, version: Version) -> JSONSchema:
        present = [param for param in self.params if param.window.contains(version)]
        schema: JSONSchema = {
            "type": "object",
            "properties": {
                param.name: compile_schema(param.legacy if version == LEGACY else param.schema, version)
                for param in present
            },
            "additionalProperties": self.extra,
        }
        required = [param.name for param in present if param.required and param.required.contains(version)]
        if required:
            schema["required"] = required
        if self.patterns:
            schema["patternProperties"] = compile_schema(self.patterns, version)
        return schema | {key: compile_schema(value, version) for key, value in self.keywords.items()}

    def windows_of(self, name: str) -> list[Window]:
        return [param.window for param in self.params if param.name == name]


class Array:
    """A JSON array of ``items``, with further JSON Schema ``keywords``."""

    def __init__(self, items: Schema, **keywords: Any) -> None:
        self.items = items
        self.keywords = keywords

    def compile(self, version: Version) -> JSONSchema:
        return {"type": "array", "items": compile_schema(self.items, version), **self.keywords}


def wrap(name: str, schema: Schema) -> Object:
    """A body whose one key ``name`` holds ``schema``."""
    return Object(Param(name, schema, required=True))


def compile_schema(schema: Schema, version: Version) -> Any:
    """``schema`` with every declaration in it compiled for ``version``."""
    if isinstance(schema, Object | Array):
        return schema.compile(version)
    if isinstance(schema, Mapping):
        return {key: compile_schema(value, version) for key, value in schema.items()}
    if isinstance(schema, list | tuple):
        return [compile_schema(value, version) for value in schema]
    return schema


def _children(schema: Schema) -> Iterator[Schema]:
    if isinstance(schema, Object):
        for param in schema.params:
            yield param.schema
            yield param.legacy
        yield from schema.patterns.values()
        yield from schema.keywords.values()
    elif isinstance(schema, Array):
        yield schema.items
    elif isinstance(schema, Mapping):
        yield from schema.values()
    elif isinstance(schema, list | tuple):
        yield from schema


def _windows(schema: Schema) -> Iterator[Window]:
    if isinstance(schema, Object):
        for param in schema.params:
            yield param.window
            if param.required is not None:
                yield param.required
    for child in _children(schema):
        yield from _windows(child)


def _objects_at(schema: Schema, path: Sequence[str | int]) -> Iterator[Object]:
    """The declared objects that ``path`` of an instance may be checked by."""
    if isinstance(schema, Object):
        if not path:
            yield schema
        else:
            for param in schema.params:
                if param.name == path[0]:
                    yield from _objects_at(param.schema, path[1:])
    elif isinstance(schema, Array):
        if path:
            yield from _objects_at(schema.items, path[1:])
    elif isinstance(schema, Mapping | list | tuple):
        for child in _children(schema):
            yield from _objects_at(child, path)


class Invalid(ValueError):
    """A request that its schema refuses; the text is for the user."""


class Validator:
    """Validates bodies (or queries) against ``schema`` at any version.

    Compiled on first use for each interval of versions and kept: compiling
    costs milliseconds, validating microseconds.

    :param of_query: whether it checks a query, ``{key: [values]}``: its sentences name the key
    """

    def __init__(self, schema: Schema, of_query: bool = False) -> None:
        self.schema = schema
        self._of_query = of_query
        self._intervals = Intervals(_windows(schema))
        self._compiled: dict[Version, Any] = {}

    def json_schema(self, version: Version) -> JSONSchema:
        result: JSONSchema = compile_schema(self.schema, self._intervals.start(version))
        return result

    def _at(self, version: Version) -> Any:
        start = self._intervals.start(version)
        if start not in self._compiled:
            self._compiled[start] = jsonschema_rs.Draft202012Validator(
                self.json_schema(start),
                validate_formats=True,
                formats=formats.FORMATS,
                keywords=formats.KEYWORDS,
            )
        return self._compiled[start]

    def accepts(self, instance: Any, version: Version) -> bool:
        """Whether ``validate`` would let ``instance`` pass."""
        return bool(self._at(version).is_valid(instance))

    def validate(self, instance: Any, version: Version) -> None:
        """Raises Invalid with a sentence where ``instance`` is not accepted at ``version``."""
        validator = self._at(version)
        if validator.is_valid(instance):
            return
        error = next(validator.iter_errors(instance))
        raise Invalid(self._sentence(error, version))

    def _sentence(self, error: Any, version: Version) -> str:
        path = list(error.instance_path)
        message = error.message
        if error.kind.name == "additionalProperties":
            message += self._hint(path, error.instance, version)
        if not path:
            return str(message)
        if error.kind.name == "format" and error.kind.value in formats.SENTENCES:
            message = formats.SENTENCES[error.kind.value]
        if error.kind.name == "enum":
            message = f"It is not one of {', '.join(map(repr, error.kind.options))}."
        value = repr(error.instance)
        if len(value) > 200:
            value = value[:200] + "…"
        field = f"query parameter {path[0]}" if self._of_query else f"field {path[-1]}"
        return f"Invalid value for {field}: {value}. {message}"

    def _hint(self, path: list[str | int], instance: Mapping[str, Any], version: Version) -> str:
        """Which microversion an unknown key needs, or which known key it resembles."""
        # Several where a key's own schema has windows: each of its versions declares an object.
        declared = list(_objects_at(self.schema, path))
        known = {param.name for obj in declared for param in obj.params if param.window.contains(version)}
        for key in instance:
            windows = {str(window): window for obj in declared for window in obj.windows_of(key)}
            if any(window.contains(version) for window in windows.values()):
                continue
            if windows:
                spans = " or ".join(_span(window) for window in windows.values())
                return f" ({key!r} needs microversion {spans}; this request used {text(version)})"
            near = difflib.get_close_matches(key, known, n=1)
            if near:
                return f" (did you mean {near[0]!r}?)"
        return ""

    def relax(self, instance: Any, version: Version) -> Any:
        """``instance`` without the keys unknown at ``version``, names trimmed: the legacy API's way."""
        return _relax(self.json_schema(version), instance)


def _span(window: Window) -> str:
    first, _, last = str(window).partition("–")
    return f"{first} to {last}" if last else f"{first} or later"


def _relax(schema: JSONSchema, instance: Any) -> Any:
    if isinstance(instance, dict):
        properties = schema.get("properties")
        if properties is None:
            return instance
        drop = schema.get("additionalProperties") is False and "patternProperties" not in schema
        return {
            key: _relax(properties.get(key, {}), value)
            for key, value in instance.items()
            if key in properties or not drop
        }
    if isinstance(instance, list):
        items = schema.get("items", {})
        return [_relax(items, value) for value in instance]
    if isinstance(instance, str) and schema.get("format") == "name_with_leading_trailing_spaces":
        return instance.strip()
    return instance


class QueryParam(Param):
    """One key of a query string; ``schema`` is what each of its values must be.

    :param single: whether the key may be given only once
    """

    def __init__(
        self,
        name: str,
        schema: Schema,
        since: str | None = None,
        until: str | None = None,
        single: bool = False,
    ) -> None:
        super().__init__(name, schema, since, until)
        self.single = single


class Query:
    """The keys that a query string may have, each any number of times.

    :param params: the declared keys
    :param closed_since: first version that refuses unknown keys instead of ignoring them
    :param patterns: schemas of the values, by regular expression of the key
    """

    def __init__(
        self,
        *params: QueryParam,
        closed_since: str | None = None,
        patterns: Mapping[str, Schema] | None = None,
    ) -> None:
        closed = Window(closed_since) if closed_since is not None else None
        self.params = params
        self._closed = closed
        self.patterns = dict(patterns or {})
        lists = [_as_list(param) for param in params]
        values = {pattern: {"type": "array", "items": schema} for pattern, schema in self.patterns.items()}
        self.open = Validator(Object(*lists, extra=True, patterns=values), of_query=True)
        self.closed = Validator(Object(*lists, extra=False, patterns=values), of_query=True)

    def read(self, given: Iterable[tuple[str, str]], version: Version) -> dict[str, list[str]]:
        """The known keys of ``given`` with their values; raises Invalid."""
        query: dict[str, list[str]] = {}
        for key, value in given:
            query.setdefault(key, []).append(value)
        validator = self.closed if self.is_closed(version) else self.open
        validator.validate(query, version)
        known = {param.name for param in self.params if param.window.contains(version)}
        return {key: values for key, values in query.items() if key in known or self._matches(key)}

    def is_closed(self, version: Version) -> bool:
        """Whether ``version`` refuses unknown keys."""
        return self._closed is not None and version != LEGACY and self._closed.contains(version)

    def _matches(self, key: str) -> bool:
        return any(formats.compiled(pattern).search(key) for pattern in self.patterns)


def _as_list(param: QueryParam) -> Param:
    most = {"maxItems": 1} if param.single else {}
    listed = Param(param.name, {"type": "array", "items": param.schema, **most})
    listed.window = param.window
    return listed
