"""Tables of the embedded identity service: users, projects, roles and who has which where."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import LongText, Name, Time, metadata, timestamps

#: Ids of users and projects are opaque: 32 hex digits when made here, anything short when seeded.
Id = sa.String(64)

projects = sa.Table(
    "identity_projects",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("description", LongText, nullable=False, default=""),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    *timestamps(),
)

users = sa.Table(
    "identity_users",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("password_hash", Name, nullable=False),
    sa.Column("default_project_id", Id, sa.ForeignKey("identity_projects.id", ondelete="SET NULL")),
    sa.Column("email", Name),
    sa.Column("description", LongText, nullable=False, default=""),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    *timestamps(),
)

roles = sa.Table(
    "identity_roles",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", Name, nullable=False, unique=True),
    *timestamps(),
)

assignments = sa.Table(
    "identity_assignments",
    metadata,
    sa.Column("user_id", Id, sa.ForeignKey("identity_users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("project_id", Id, sa.ForeignKey("identity_projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", Id, sa.ForeignKey("identity_roles.id", ondelete="CASCADE"), primary_key=True),
)

# A token is refused when its own id, or its user's or project's, stands here with a
# time not before the token's issue.  Rows are dropped when no such token can live any more.
revocations = sa.Table(
    "identity_revocations",
    metadata,
    sa.Column("subject", sa.String(80), primary_key=True),  # token:<audit id>, user:<id>, project:<id>, all
    sa.Column("issued_until", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False, index=True),
)
