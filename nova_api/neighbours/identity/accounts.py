"""The administration of the embedded accounts: users, projects, roles and who has which where."""

from __future__ import annotations

import abc
import dataclasses
import datetime
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg

from nova_api import exception
from nova_api.db import Database
from nova_api.db import identity as statements
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema import identity as schema
from nova_api.neighbours.identity import passwords
from nova_api.neighbours.identity.interface import Assignment, Project, Role, User


def generated_password() -> str:
    """A password of 120 random bits that survives any shell and any YAML."""
    return secrets.token_hex(15)


class Accounts(abc.ABC):
    """Creates, changes and removes accounts; a change of rights ends the tokens that carry the old ones."""

    def __init__(self, conf: cfg.ConfigOpts, db: Database) -> None:
        self.conf = conf
        self.db = db

    @abc.abstractmethod
    def _note(self, subject: str, issued_until: datetime.datetime | None = None) -> None:
        """Revokes the tokens of ``subject`` (``user:<id>``, ``project:<id>``) issued until now."""

    # --- users ------------------------------------------------------------

    def user(self, user_id: str) -> User:
        with self.db.reader() as conn:
            row = statements.find(conn, schema.users, id=user_id)
        if row is None:
            raise exception.UserNotFound(user_id=user_id)
        return User(**{field.name: row[field.name] for field in dataclasses.fields(User)})

    def create_user(
        self,
        name: str,
        password: str,
        *,
        user_id: str | None = None,
        default_project_id: str | None = None,
        email: str | None = None,
        description: str = "",
        enabled: bool = True,
    ) -> User:
        """Raises AccountExists when name or id is taken."""
        user = User(user_id or uuid.uuid4().hex, name, default_project_id, email, description, enabled)
        kept = passwords.hashed(password, self.conf.neighbours.password_hash_cost)
        self._insert(schema.users, "user", {**dataclasses.asdict(user), "password_hash": kept})
        return user

    def update_user(self, user_id: str, *, password: str | None = None, **changes: Any) -> User:
        """Changes name, email, description, enabled, default_project_id, password; raises UserNotFound."""
        values = dict(changes)
        if password is not None:
            values["password_hash"] = passwords.hashed(password, self.conf.neighbours.password_hash_cost)
        self._update(schema.users, "user", user_id, values, exception.UserNotFound(user_id=user_id))
        if password is not None or changes.get("enabled") is False:
            self._note(f"user:{user_id}")
        return self.user(user_id)

    def delete_user(self, user_id: str) -> None:
        with self.db.writer() as conn:
            if not statements.delete(conn, schema.users, user_id):
                raise exception.UserNotFound(user_id=user_id)
        self._note(f"user:{user_id}")

    # --- projects -----------------------------------------------------------

    def project(self, project_id: str) -> Project:
        with self.db.reader() as conn:
            row = statements.find(conn, schema.projects, id=project_id)
        if row is None:
            raise exception.ProjectNotFound(project_id=project_id)
        return Project(**{field.name: row[field.name] for field in dataclasses.fields(Project)})

    def create_project(
        self, name: str, *, project_id: str | None = None, description: str = "", enabled: bool = True
    ) -> Project:
        """Raises AccountExists when name or id is taken."""
        project = Project(project_id or uuid.uuid4().hex, name, description, enabled)
        self._insert(schema.projects, "project", dataclasses.asdict(project))
        return project

    def update_project(self, project_id: str, **changes: Any) -> Project:
        """Changes name, description or enabled; raises ProjectNotFound."""
        missing = exception.ProjectNotFound(project_id=project_id)
        self._update(schema.projects, "project", project_id, changes, missing)
        if changes.get("enabled") is False:
            self._note(f"project:{project_id}")
        return self.project(project_id)

    def delete_project(self, project_id: str) -> None:
        with self.db.writer() as conn:
            if not statements.delete(conn, schema.projects, project_id):
                raise exception.ProjectNotFound(project_id=project_id)
        self._note(f"project:{project_id}")

    # --- roles ----------------------------------------------------------------

    def roles(self, name: str | None = None) -> Sequence[Role]:
        with self.db.reader() as conn:
            rows = statements.find_all(conn, schema.roles, name=name)
        return [Role(row["id"], row["name"]) for row in rows]

    def role(self, role_id: str) -> Role:
        with self.db.reader() as conn:
            row = statements.find(conn, schema.roles, id=role_id)
        if row is None:
            raise exception.RoleNotFound(role_id=role_id)
        return Role(row["id"], row["name"])

    def ensure_role(self, name: str) -> Role:
        """The role of that name, made when there is none."""
        for _attempt in range(2):
            found = self.roles(name)
            if found:
                return found[0]
            try:
                self._insert(schema.roles, "role", {"id": uuid.uuid4().hex, "name": name})
            except exception.AccountExists:
                continue
        return self.roles(name)[0]

    def assign(self, user_id: str, project_id: str, role_id: str) -> None:
        """Gives a role; raises UserNotFound, ProjectNotFound, RoleNotFound."""
        self._check_assignment(user_id, project_id, role_id)
        with self.db.writer() as conn:
            statements.assign(conn, user_id, project_id, role_id)

    def unassign(self, user_id: str, project_id: str, role_id: str) -> None:
        """Takes a role away and ends the user's tokens; raises RoleNotFound when it was not given."""
        self._check_assignment(user_id, project_id, role_id)
        with self.db.writer() as conn:
            if not statements.unassign(conn, user_id, project_id, role_id):
                raise exception.RoleNotFound(role_id=role_id)
        self._note(f"user:{user_id}")

    def assignments(
        self, *, user_id: str | None = None, project_id: str | None = None, role_id: str | None = None
    ) -> Sequence[Assignment]:
        with self.db.reader() as conn:
            rows = statements.find_assignments(conn, user_id=user_id, project_id=project_id, role_id=role_id)
        return [
            Assignment(
                (row["user_id"], row["user_name"]),
                (row["project_id"], row["project_name"]),
                (row["role_id"], row["role_name"]),
            )
            for row in rows
        ]

    def _check_assignment(self, user_id: str, project_id: str, role_id: str) -> None:
        self.user(user_id)
        self.project(project_id)
        self.role(role_id)

    # --- whole accounts -----------------------------------------------------

    def create_account(
        self,
        name: str,
        password: str | None = None,
        *,
        project: str | None = None,
        roles: Sequence[str] = ("member", "reader"),
        user_id: str | None = None,
        project_id: str | None = None,
    ) -> tuple[User, Project, str]:
        """A user with roles in a project (``project``, else named like the user; made when missing).

        Returns user, project and the password, generated when not given.
        Raises AccountExists.
        """
        secret = password or generated_password()
        project_name = project or name
        with self.db.reader() as conn:
            row = statements.find(conn, schema.projects, name=project_name)
        home = self.project(row["id"]) if row else self.create_project(project_name, project_id=project_id)
        user = self.create_user(name, secret, user_id=user_id, default_project_id=home.id)
        for role in roles:
            self.assign(user.id, home.id, self.ensure_role(role).id)
        return user, home, secret

    # --- shared ---------------------------------------------------------------

    def _insert(self, table: Any, what: str, values: dict[str, Any]) -> None:
        try:
            with self.db.writer() as conn:
                statements.insert(conn, table, values)
        except DUPLICATE_ERRORS:
            raise exception.AccountExists(what=what, name=values["name"]) from None

    def _update(
        self, table: Any, what: str, row_id: str, values: dict[str, Any], missing: exception.NotFound
    ) -> None:
        if not values:
            return
        try:
            with self.db.writer() as conn:
                if not statements.update(conn, table, row_id, values):
                    raise missing
        except DUPLICATE_ERRORS:
            raise exception.AccountExists(what=what, name=values.get("name", row_id)) from None
