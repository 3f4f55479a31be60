"""A prepared statement gives what the same select gives, on every database."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa

from nova_api.db import Database
from nova_api.db.prepared import Prepared
from nova_api.db.schema.compute import flavors

MADE = datetime.datetime(2026, 1, 31, 12, 0)
_f = flavors.c


def test_values_are_those_that_it_was_made_with_and_those_given(database: Database) -> None:
    with database.writer() as conn:
        conn.execute(flavors.delete())
        for name, minute in (("50%", 0), ("a:b", 1), ("c?", 2)):
            values = {"flavorid": name, "memory_mb": 1, "vcpus": 1, "root_gb": 1}
            conn.execute(flavors.insert().values(name=name, created_at=MADE.replace(minute=minute), **values))
    # A time among the constants, a per cent in the text, a limit.
    later = sa.select(_f.name).where(_f.created_at >= MADE.replace(minute=1), _f.name != "%")
    prepared = Prepared(later.where(_f.name != sa.bindparam("but")).order_by(_f.id).limit(2))
    since = Prepared(sa.select(_f.name).where(_f.created_at == sa.bindparam("at", type_=_f.created_at.type)))
    for _ in range(2):
        with database.statement() as conn:
            assert prepared.all(conn, but="50%") == ["a:b", "c?"]
            assert prepared.all(conn, but="a:b") == ["c?"]
            assert prepared.first(conn, but="c?") == "a:b"
            assert since.first(conn, at=MADE) == "50%"
            assert since.first(conn, at=MADE.replace(minute=9)) is None


def test_a_text_that_would_change_each_time_is_refused(database: Database) -> None:
    several = Prepared(sa.select(_f.name).where(_f.name.in_(["a", "b"])))
    with database.statement() as conn, pytest.raises(ValueError, match="each time"):
        several.all(conn)
