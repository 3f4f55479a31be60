"""Statements of nearly every request, compiled once.

SQLAlchemy looks a statement up among its compiled ones, and describes what comes
of it, in as much time as the driver needs to ask and to read one row.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.dml import Insert

#: From the values of a statement's parameters to the form in which its driver takes them.
_Bind = Callable[[Mapping[str, Any]], Any]


class Prepared:
    """A statement.

    A select has one column, text or a number, which comes as the driver gives it.
    """

    def __init__(self, query: sa.Select[Any] | Insert) -> None:
        self._query = query
        self._compiled: weakref.WeakKeyDictionary[Dialect, tuple[str, _Bind]] = weakref.WeakKeyDictionary()

    def all(self, conn: Connection, **values: Any) -> list[Any]:
        """What it gives with these values of its parameters, a value a row."""
        return [row[0] for row in self._execute(conn, values).all()]

    def run(self, conn: Connection, **values: Any) -> None:
        """Has it done, where it gives nothing."""
        self._execute(conn, values)

    def _execute(self, conn: Connection, values: Mapping[str, Any]) -> sa.CursorResult[Any]:
        compiled = self._compiled.get(conn.dialect)
        if compiled is None:
            compiled = self._compiled[conn.dialect] = _compile(self._query, conn.dialect)
        text, bind = compiled
        return conn.exec_driver_sql(text, bind(values))

    def first(self, conn: Connection, **values: Any) -> Any:
        """Its first value; None without a row."""
        found = self.all(conn, **values)
        return found[0] if found else None


def _compile(query: sa.Select[Any] | Insert, dialect: Dialect) -> tuple[str, _Bind]:
    compiled: Any = query.compile(dialect=dialect)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise ValueError(f"parameters become part of the text each time: {query}")
    converters = {
        name: convert
        for name, parameter in compiled.binds.items()
        if (convert := parameter.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }

    def converted(values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: converters[name](value) if name in converters else value for name, value in values.items()
        }

    constants = converted({name: value for name, value in compiled.params.items() if value is not None})
    names = compiled.positiontup

    def bind(values: Mapping[str, Any]) -> Any:
        all_values = {**constants, **converted(values)}
        return all_values if names is None else tuple([all_values[name] for name in names])

    return str(compiled), bind
