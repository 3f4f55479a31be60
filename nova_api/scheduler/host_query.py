"""The scheduler hint ``query``: a condition on a host, written as JSON lists.

``[">=", "$free_ram_mb", 1024]``; ``["and", […], ["not", […]]]``.  The words
that begin with ``$`` stand for what the host has (``VARIABLES``).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import orjson

from nova_api import exception
from nova_api.db.nodes import Node

_MIB_PER_GIB = 1024

#: Sizes in MiB, as their names say.
VARIABLES: dict[str, Callable[[Node], Any]] = {
    "$free_disk_mb": lambda node: node.free_disk_gb * _MIB_PER_GIB,
    "$free_ram_mb": lambda node: node.free_memory_mb,
    "$host": lambda node: node.host,
    "$host_ip": lambda node: node.host_ip,
    "$hypervisor_hostname": lambda node: node.hypervisor_hostname,
    "$hypervisor_type": lambda node: node.hypervisor_type,
    "$total_usable_disk_gb": lambda node: node.local_gb,
    "$total_usable_ram_mb": lambda node: node.memory_mb,
    "$vcpus_total": lambda node: node.vcpus,
    "$vcpus_used": lambda node: node.vcpus_used,
}

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_MEMBERSHIP = "in"
_OF_CONDITIONS = ("and", "or", "not")
#: Lists inside lists; Python's own limit is no sentence for a user.
_DEEPEST = 20


def parse(text: Any) -> list[Any]:
    """The query of the hint ``text`` (JSON text; nothing is the empty query, which any host meets).

    Raises Invalid, with what this service does not know of it.
    """
    if not text:
        return []
    try:
        query = orjson.loads(text) if isinstance(text, str) else text
    except orjson.JSONDecodeError as error:
        raise exception.Invalid(f"The scheduler hint query is not JSON: {error}.") from error
    if not isinstance(query, list):
        raise exception.Invalid("The scheduler hint query must be a list: an operator and its operands.")
    _check(query, 0)
    return query


def _check(query: list[Any], depth: int) -> None:
    if depth > _DEEPEST:
        raise exception.Invalid("The scheduler hint query is nested too deeply.")
    if not query:
        return
    name, *operands = query
    if name in _OF_CONDITIONS:
        for operand in operands:
            if not isinstance(operand, list):
                raise exception.Invalid(f"The scheduler hint query has {operand!r} where a list must be.")
            _check(operand, depth + 1)
        return
    if not isinstance(name, str) or name not in (*_COMPARISONS, _MEMBERSHIP):
        raise exception.Invalid(f"The scheduler hint query has an unknown operator {name!r}.")
    for operand in operands:
        if isinstance(operand, list | dict):
            raise exception.Invalid(f"The scheduler hint query cannot compare {operand!r}.")
        if isinstance(operand, str) and operand.startswith("$") and operand not in VARIABLES:
            raise exception.Invalid(
                f"The scheduler hint query has an unknown variable {operand}; "
                f"there are {', '.join(VARIABLES)}."
            )


def holds(query: list[Any], node: Node) -> bool:
    """Whether a parsed ``query`` is true of ``node``."""
    if not query:
        return True
    name, *operands = query
    if name == "and":
        return all(holds(operand, node) for operand in operands)
    if name == "or":
        return any(holds(operand, node) for operand in operands)
    if name == "not":
        return not any(holds(operand, node) for operand in operands)
    first, *others = (_value(operand, node) for operand in operands) if operands else (None,)
    if not others:
        return False
    if name == _MEMBERSHIP:
        return first in others
    try:
        return all(_COMPARISONS[name](first, other) for other in others)
    except TypeError:
        return False  # a number and a text: neither is less than the other


def _value(operand: Any, node: Node) -> Any:
    if isinstance(operand, str) and operand in VARIABLES:
        return VARIABLES[operand](node)
    return operand
