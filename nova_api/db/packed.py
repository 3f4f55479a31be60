"""Rows that come as one JSON text each, and rows of another table gathered into one.

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
    """``columns`` as one text.

    SQLAlchemy walks every part of a statement to find it in its cache of
    compiled ones; this is a leaf whose name says all, so forty columns cost no
    more than one.  Hence the statement has to name its table: ``select_from``.
    """

    _traverse_internals = [("name", InternalTraversal.dp_string)]
    type = sa.Text()

    def __init__(self, columns: Sequence[sa.ColumnElement[Any]]) -> None:
        self.columns = tuple(columns)
        self.name = " ".join(map(str, columns))


class _Array(_Packed):
    """A JSON array of columns."""

    inherit_cache = True


class _Arrays(_Packed):
    """A JSON array of such arrays, one a row of the select."""

    inherit_cache = True


def _values(element: _Packed, compiler: Any, **options: Any) -> str:
    return ", ".join(compiler.process(column, **options) for column in element.columns)


def _mysql_row(element: _Packed, compiler: Any, **options: Any) -> str:
    values = []
    for column in element.columns:
        text = compiler.process(column, **options)
        # As text: MySQL's JSON would say 1.10000002384 for the 1.1 of a FLOAT.
        values.append(f"CONCAT({text})" if isinstance(column.type, sa.Float) else text)
    return f"JSON_ARRAY({', '.join(values)})"


def _sqlite_row(element: _Packed, compiler: Any, **options: Any) -> str:
    values = []
    for column in element.columns:
        text = compiler.process(column, **options)
        values.append(f"json({text})" if isinstance(column.type, sa.JSON) else text)
    return f"json_array({', '.join(values)})"


def _postgresql_row(element: _Packed, compiler: Any, **options: Any) -> str:
    return f"json_build_array({_values(element, compiler, **options)})"


@compiles(_Array, "mysql", "mariadb")
def _(element: _Array, compiler: Any, **options: Any) -> str:
    return _mysql_row(element, compiler, **options)


@compiles(_Array, "sqlite")
def _(element: _Array, compiler: Any, **options: Any) -> str:
    return _sqlite_row(element, compiler, **options)


@compiles(_Array, "postgresql")
def _(element: _Array, compiler: Any, **options: Any) -> str:
    return f"CAST({_postgresql_row(element, compiler, **options)} AS TEXT)"


@compiles(_Arrays, "mysql", "mariadb")
def _(element: _Arrays, compiler: Any, **options: Any) -> str:
    return f"JSON_ARRAYAGG({_mysql_row(element, compiler, **options)})"


@compiles(_Arrays, "sqlite")
def _(element: _Arrays, compiler: Any, **options: Any) -> str:
    return f"json_group_array({_sqlite_row(element, compiler, **options)})"


@compiles(_Arrays, "postgresql")
def _(element: _Arrays, compiler: Any, **options: Any) -> str:
    return f"CAST(json_agg({_postgresql_row(element, compiler, **options)}) AS TEXT)"


def row(columns: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
    """An expression that gives the values of ``columns`` as one text, for ``reader`` of the same."""
    return _Array(columns)


def rows(columns: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
    """An aggregate over the rows of a select: their ``columns``, for ``read_rows``; in no order."""
    return _Arrays(columns)


def _kind(column: sa.ColumnElement[Any]) -> type[bool] | type[float] | None:
    """What some database writes into JSON otherwise than its driver gives it."""
    if isinstance(column.type, sa.Boolean):
        return bool
    return float if isinstance(column.type, sa.Float) else None


def reader(columns: Sequence[sa.ColumnElement[Any]]) -> Callable[[str], list[Any]]:
    """A function from the text of ``row(columns)`` to the values that a select of ``columns`` would give."""
    times = [at for at, column in enumerate(columns) if isinstance(column.type, sa.DateTime)]
    others = [(at, kind) for at, column in enumerate(columns) if (kind := _kind(column)) is not None]

    def read(text: str) -> list[Any]:
        values: list[Any] = orjson.loads(text)
        for at in times:
            if values[at] is not None:
                values[at] = datetime.datetime.fromisoformat(values[at])
        for at, kind in others:
            if values[at] is not None:
                values[at] = kind(values[at])
        return values

    return read


def read_rows(text: str | None) -> list[list[Any]]:
    """The values of ``rows(columns)``: text and numbers as they are, truths perhaps as 0 and 1."""
    found: list[list[Any]] = orjson.loads(text) if text else []
    return found
