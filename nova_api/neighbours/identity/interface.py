"""What the service asks of an identity service; Keystone can serve all of it.

Times are naive UTC.  There is one domain, ``default``.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

DOMAIN_ID: Final = "default"
DOMAIN_NAME: Final = "Default"


@dataclass(frozen=True, slots=True)
class Token:
    """Who somebody proved to be; ``project_id`` is None and ``roles`` empty for an unscoped token."""

    user_id: str
    user_name: str
    user_domain_id: str
    project_id: str | None
    project_name: str | None
    roles: tuple[str, ...]
    issued_at: datetime.datetime
    expires_at: datetime.datetime
    audit_id: str
    methods: tuple[str, ...] = ("password",)


@dataclass(frozen=True, slots=True)
class Scope:
    """The project that a token is asked for, by id or by name.

    Neither given means the user's default project (unscoped when there is
    none); ``unscoped`` means no project in any case.
    """

    project_id: str | None = None
    project_name: str | None = None
    unscoped: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """An account that can authenticate."""

    id: str
    name: str
    default_project_id: str | None
    email: str | None
    description: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Project:
    """What owns servers, images, networks."""

    id: str
    name: str
    description: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Role:
    """A name that policies speak of."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A user has a role in a project."""

    user: tuple[str, str]  # id, name; likewise below
    project: tuple[str, str]
    role: tuple[str, str]


class Identity(Protocol):
    """Authentication, and looking up accounts."""

    def validate(self, token: str) -> Token:
        """Who the bearer of ``token`` is; raises TokenInvalid.  Costs microseconds."""

    def authenticate_password(
        self, user: str | None, user_id: str | None, password: str, scope: Scope
    ) -> tuple[str, Token]:
        """A token for a user named ``user`` or with ``user_id``; raises Unauthorized."""

    def authenticate_token(self, token: str, scope: Scope) -> tuple[str, Token]:
        """Another token, expiring with the given one, for another scope; raises Unauthorized."""

    def authenticate_key(self, name: str, key: str) -> tuple[str, Token]:
        """The classic handshake: user name and password, default project; raises Unauthorized."""

    def revoke(self, token: str) -> None:
        """Makes ``token`` invalid from now on; raises TokenInvalid when it already is."""

    def default_admin(self) -> Token:
        """The user ``admin`` in its project, for requests that prove nothing; Unavailable before the seed."""

    def user(self, user_id: str) -> User:
        """Raises UserNotFound."""

    def users(self, name: str | None = None) -> Sequence[User]: ...

    def project(self, project_id: str) -> Project:
        """Raises ProjectNotFound."""

    def projects(self, name: str | None = None, ids: Iterable[str] | None = None) -> Sequence[Project]: ...

    def projects_of(self, user_id: str) -> Sequence[Project]:
        """Enabled projects in which the user has a role."""
