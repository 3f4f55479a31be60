"""Versions as data: fields, parameters, operations and features with their windows.

Every declaration carries ``since``/``until`` microversions.  They are compiled
once per interval of versions, and this package is the only place that compares
versions; everywhere else asks ``feature in …``, ``window.contains(version)``
or simply receives what was compiled.
"""

from __future__ import annotations

from nova_api.api.declare.operation import (
    Many,
    One,
    Operation,
    action,
    operation,
    operations_of,
    under_another_name,
)
from nova_api.api.declare.schema import Array, Object, Param, Query, QueryParam, Validator, wrap
from nova_api.api.declare.version import LEGACY, MAX, MIN, Feature, Version, Window
from nova_api.api.declare.view import OMIT, Field, View

__all__ = [
    "LEGACY",
    "MAX",
    "MIN",
    "OMIT",
    "Array",
    "Feature",
    "Field",
    "Many",
    "Object",
    "One",
    "Operation",
    "Param",
    "Query",
    "QueryParam",
    "Validator",
    "Version",
    "View",
    "Window",
    "action",
    "operation",
    "operations_of",
    "under_another_name",
    "wrap",
]
