"""Rules of the faults on demand, and how often each has matched and fired."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db import packed
from nova_api.db.schema.fault_rule import fault_rules

_f = fault_rules.c


@dataclasses.dataclass(frozen=True)
class FaultRule:
    """A row: ``rule`` is what its author wrote; ``ini_key`` is None for a rule put at run time."""

    id: int
    ini_key: str | None
    on_build: bool
    rule: dict[str, Any]
    matched: int
    fired: int


_COLUMNS = [_f[field.name] for field in dataclasses.fields(FaultRule)]
_values = packed.reader(_COLUMNS)
_ON_BUILDS = (
    sa.select(packed.row(_COLUMNS)).select_from(fault_rules).where(_f.on_build == sa.true()).order_by(_f.id)
)


def all_rules(conn: Connection) -> list[FaultRule]:
    """Every rule, in the order in which they are tried."""
    return [FaultRule(**row._mapping) for row in conn.execute(sa.select(*_COLUMNS).order_by(_f.id))]


def on_builds(conn: Connection) -> list[FaultRule]:
    """The rules for builds, in the order in which they are tried."""
    return [FaultRule(*_values(text)) for text in conn.scalars(_ON_BUILDS)]


def exists(conn: Connection, rule_id: int) -> bool:
    """Whether the rule is still there."""
    return conn.scalar(sa.select(_f.id).where(_f.id == rule_id)) is not None


def add(conn: Connection, rules: Iterable[tuple[Mapping[str, Any], bool, str | None]]) -> list[int]:
    """Stores (rule, whether it is for builds, ini key) and returns their ids."""
    made = []
    for rule, on_build, ini_key in rules:
        values = {"rule": dict(rule), "on_build": on_build, "ini_key": ini_key, "matched": 0, "fired": 0}
        done = conn.execute(sa.insert(fault_rules).values(**values))
        made.append(int(done.inserted_primary_key[0]))  # type: ignore[index]  # an INSERT of one row has one
    return made


def remove(conn: Connection, rule_id: int) -> None:
    """Removes one rule."""
    conn.execute(sa.delete(fault_rules).where(_f.id == rule_id))


def remove_put(conn: Connection) -> None:
    """Removes the rules that were put at run time."""
    conn.execute(sa.delete(fault_rules).where(_f.ini_key.is_(None)))


def remove_of_other_inis(conn: Connection, ini_keys: Iterable[str]) -> None:
    """Removes the rules of inis but for those with ``ini_keys``."""
    conn.execute(sa.delete(fault_rules).where(_f.ini_key.is_not(None), _f.ini_key.not_in(list(ini_keys))))


def clear(conn: Connection) -> None:
    """Removes every rule."""
    conn.execute(sa.delete(fault_rules))


def count_match(conn: Connection, rule_id: int) -> int:
    """Counts one more match; which one it was, 0 when the rule is gone.

    The row stays locked until the transaction ends, so that no two callers,
    in whatever process, are told the same number.
    """
    conn.execute(sa.update(fault_rules).where(_f.id == rule_id).values(matched=_f.matched + 1))
    return int(conn.scalar(sa.select(_f.matched).where(_f.id == rule_id)) or 0)


def count_fired(conn: Connection, rule_id: int) -> None:
    """Counts that the rule had its effect once more."""
    conn.execute(sa.update(fault_rules).where(_f.id == rule_id).values(fired=_f.fired + 1))
