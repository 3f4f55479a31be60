"""Rows that come as one JSON text each, with the rows of other tables that belong to them inside.

A driver written in Python, and SQLAlchemy after it, spend some two microseconds on
each value of a row, so a page of a thousand servers costs a tenth of a second before
anybody has looked at it.  The database writes the values as a JSON array instead,
and orjson reads the forty of them at once.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal


class _Packed(sa.ColumnElement[str]):
    """Values as JSON.

    SQLAlchemy walks every part of a statement to find it in its cache of
    compiled ones; this is a leaf whose name says all, so forty columns cost no
    more than one.  Hence the statement has to name its table: ``select_from``.
    """

    _traverse_internals = [("name", InternalTraversal.dp_string)]
    type = sa.Text()
    name: str


class _Array(_Packed):
    """A JSON array of columns; ``whole`` is it as the text that leaves the database."""

    inherit_cache = True

    def __init__(self, columns: Sequence[sa.ColumnElement[Any]], whole: bool) -> None:
        self.columns = tuple(columns)
        self.whole = whole
        self.name = " ".join(
            column.name if isinstance(column, _Packed) else str(column) for column in self.columns
        )


class _Arrays(_Packed):
    """A JSON array of such arrays, one for each row of the select that it is in."""

    inherit_cache = True

    def __init__(self, array: _Array) -> None:
        self.array = array
        self.name = array.name


class _Gathered(_Packed):
    """The JSON array that ``query``, a select of ``_Arrays``, gives for a row of the select around it."""

    inherit_cache = True

    def __init__(self, name: str, query: sa.ScalarSelect[Any]) -> None:
        self.name = name
        self.query = query


@compiles(_Array, "mysql", "mariadb")
def _(element: _Array, compiler: Any, **options: Any) -> str:
    values = []
    for column in element.columns:
        text = compiler.process(column, **options)
        # As text: MySQL's JSON would say 1.10000002384 for the 1.1 of a FLOAT.
        values.append(f"CONCAT({text})" if isinstance(column.type, sa.Float) else text)
    return f"JSON_ARRAY({', '.join(values)})"


@compiles(_Array, "sqlite")
def _(element: _Array, compiler: Any, **options: Any) -> str:
    values = []
    for column in element.columns:
        text = compiler.process(column, **options)
        is_json = isinstance(column, _Gathered) or isinstance(column.type, sa.JSON)
        values.append(f"json({text})" if is_json else text)
    return f"json_array({', '.join(values)})"


@compiles(_Array, "postgresql")
def _(element: _Array, compiler: Any, **options: Any) -> str:
    values = ", ".join(compiler.process(column, **options) for column in element.columns)
    array = f"json_build_array({values})"
    return f"CAST({array} AS TEXT)" if element.whole else array


@compiles(_Arrays, "mysql", "mariadb")
def _(element: _Arrays, compiler: Any, **options: Any) -> str:
    return f"JSON_ARRAYAGG({compiler.process(element.array, **options)})"


@compiles(_Arrays, "sqlite")
def _(element: _Arrays, compiler: Any, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.array, **options)})"


@compiles(_Arrays, "postgresql")
def _(element: _Arrays, compiler: Any, **options: Any) -> str:
    return f"json_agg({compiler.process(element.array, **options)})"


@compiles(_Gathered)
def _(element: _Gathered, compiler: Any, **options: Any) -> str:
    text: str = compiler.process(element.query, **options)
    return text


def row(columns: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
    """An expression that gives the values of ``columns`` as one text, for ``reader`` of the same."""
    return _Array(columns, whole=True)


def rows(
    name: str, columns: Sequence[sa.ColumnElement[Any]], source: sa.Select[Any]
) -> sa.ColumnElement[str]:
    """What may stand among the columns of ``row``, or of other ``rows``: the rows of another table.

    ``source``, a select without columns, says which: it may look at the table around it.  In no order;
    text and numbers as they are, truths perhaps as 0 and 1; None, or nothing, where there are none.
    ``name`` is another for each source.
    """
    gathered = source.with_only_columns(_Arrays(_Array(columns, whole=False)), maintain_column_froms=True)
    return _Gathered(name, gathered.scalar_subquery())


def _is_converted(column: sa.ColumnElement[Any]) -> bool:
    return isinstance(column.type, sa.DateTime | sa.Boolean | sa.Float)


def _kind(column: sa.ColumnElement[Any]) -> type[bool] | type[float] | None:
    """What some database writes into JSON otherwise than its driver gives it."""
    if isinstance(column.type, sa.Boolean):
        return bool
    return float if isinstance(column.type, sa.Float) else None


def converter(columns: Sequence[sa.ColumnElement[Any]]) -> Callable[[list[Any]], None]:
    """A function that makes of the JSON values of ``columns`` those that a select of them would give."""
    times = [at for at, column in enumerate(columns) if isinstance(column.type, sa.DateTime)]
    others = [(at, kind) for at, column in enumerate(columns) if (kind := _kind(column)) is not None]

    def convert(values: list[Any]) -> None:
        for at in times:
            if values[at] is not None:
                values[at] = datetime.datetime.fromisoformat(values[at])
        for at, kind in others:
            if values[at] is not None:
                values[at] = kind(values[at])

    return convert


def reader(columns: Sequence[sa.ColumnElement[Any]]) -> Callable[[str], list[Any]]:
    """A function from the text of ``row(columns)`` to the values that a select of ``columns`` would give."""
    if not any(_is_converted(column) for column in columns):
        return orjson.loads
    convert = converter(columns)

    def read(text: str) -> list[Any]:
        values: list[Any] = orjson.loads(text)
        convert(values)
        return values

    return read
