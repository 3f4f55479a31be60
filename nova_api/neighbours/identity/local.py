"""The embedded identity service: accounts in our own database, signed tokens."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import threading
import time
from collections.abc import Iterable, Sequence

from oslo_config import cfg

from nova_api import exception
from nova_api.db import Database
from nova_api.db import identity as statements
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.identity import projects, users
from nova_api.neighbours.identity import passwords, tokens
from nova_api.neighbours.identity.accounts import Accounts
from nova_api.neighbours.identity.interface import DOMAIN_ID, Project, Scope, Token, User

#: Seconds that the default admin's ids are remembered.
_ADMIN_MEMORY = 5.0


class Revocations:
    """What is revoked, remembered for ``max_age`` seconds; this process's own revocations count at once."""

    def __init__(self, db: Database, max_age: float) -> None:
        self._db = db
        self._max_age = max_age
        self._lock = threading.Lock()
        self._known: dict[str, datetime.datetime] = {}
        self._read_at = float("-inf")

    def forget(self) -> None:
        self._read_at = float("-inf")

    def check(self, token: Token) -> None:
        """Raises TokenInvalid when the token, its user or its project is revoked."""
        if time.monotonic() - self._read_at >= self._max_age:
            self._reload()
        known = self._known
        if not known:
            return
        subjects = (f"token:{token.audit_id}", f"user:{token.user_id}", f"project:{token.project_id}", "all")
        for subject in subjects:
            until = known.get(subject)
            if until is not None and token.issued_at <= until:
                raise exception.TokenInvalid()

    def _reload(self) -> None:
        with self._lock:
            read_at = time.monotonic()
            if read_at - self._read_at < self._max_age:
                return
            with self._db.reader() as conn:
                self._known = statements.live_revocations(conn, utcnow())
            self._read_at = read_at


class LocalIdentity(Accounts):
    """Identity over our own tables; the accounts' administration is in ``Accounts``."""

    def __init__(self, conf: cfg.ConfigOpts, db: Database) -> None:
        super().__init__(conf, db)
        options = conf.neighbours
        self._lifetime = datetime.timedelta(seconds=options.token_lifetime)
        self._revocations = Revocations(db, options.revocation_cache_time)
        self._admin: Token | None = None
        self._admin_until = 0.0

    @functools.cached_property
    def _signer(self) -> tokens.Signer:
        return tokens.Signer(tokens.load_key(self.conf.state_path))

    @functools.cached_property
    def _nobody(self) -> str:
        # Checked for unknown users, so that the time taken does not tell who exists.
        return passwords.hashed("nobody", self.conf.neighbours.password_hash_cost)

    # --- tokens ---------------------------------------------------------

    def validate(self, token: str) -> Token:
        content = self._signer.load(token, utcnow())
        self._revocations.check(content)
        return content

    def authenticate_password(
        self, user: str | None, user_id: str | None, password: str, scope: Scope
    ) -> tuple[str, Token]:
        with self.db.reader() as conn:
            row = statements.find(conn, users, id=user_id, name=user)
        good = passwords.matches(password, row["password_hash"] if row else self._nobody)
        if row is None or not good or not row["enabled"]:
            raise exception.Unauthorized()
        return self._issue(User(**{name: row[name] for name in _USER_FIELDS}), scope, ("password",))

    def authenticate_token(self, token: str, scope: Scope) -> tuple[str, Token]:
        old = self.validate(token)
        user = self.user(old.user_id)
        if not user.enabled:
            raise exception.Unauthorized()
        methods = (*old.methods, *(() if "token" in old.methods else ("token",)))
        return self._issue(user, scope, methods, expires_at=old.expires_at)

    def authenticate_key(self, name: str, key: str) -> tuple[str, Token]:
        return self.authenticate_password(name, None, key, Scope())

    def issue(self, user: User, scope: Scope) -> tuple[str, Token]:
        """A token without proof, for who administers this machine; raises Unauthorized for a wrong scope."""
        return self._issue(user, scope, ("token",))

    def _issue(
        self,
        user: User,
        scope: Scope,
        methods: tuple[str, ...],
        expires_at: datetime.datetime | None = None,
    ) -> tuple[str, Token]:
        project, roles = self._resolve(user, scope)
        issued_at = utcnow()
        token = Token(
            user_id=user.id,
            user_name=user.name,
            user_domain_id=DOMAIN_ID,
            project_id=project.id if project else None,
            project_name=project.name if project else None,
            roles=roles,
            issued_at=issued_at,
            expires_at=expires_at or issued_at + self._lifetime,
            audit_id=tokens.new_audit_id(),
            methods=methods,
        )
        return self._signer.dump(token), token

    def _resolve(self, user: User, scope: Scope) -> tuple[Project | None, tuple[str, ...]]:
        """The project that ``scope`` means for ``user``, and the roles there."""
        asked = scope.project_id is not None or scope.project_name is not None
        project_id = scope.project_id if asked else user.default_project_id
        if scope.unscoped or (not asked and project_id is None):
            return None, ()
        with self.db.reader() as conn:
            row = statements.find(conn, projects, id=project_id, name=scope.project_name)
            names = statements.role_names(conn, user.id, row["id"]) if row else ()
        if row is None or not row["enabled"] or not names:
            if asked:
                raise exception.Unauthorized()
            return None, ()  # a default project that the user lost: unscoped, as Keystone does
        return Project(**{name: row[name] for name in _PROJECT_FIELDS}), names

    def revoke(self, token: str) -> None:
        content = self.validate(token)
        self._note(f"token:{content.audit_id}", content.issued_at)

    def default_admin(self) -> Token:
        if self._admin is not None and time.monotonic() < self._admin_until:
            return self._admin
        with self.db.reader() as conn:
            row = statements.find(conn, users, name="admin")
            project = statements.find(conn, projects, id=row["default_project_id"]) if row else None
        if row is None or project is None:
            raise exception.Unavailable("There is no user admin with a default project yet.")
        now = utcnow()
        self._admin = Token(
            user_id=row["id"],
            user_name=row["name"],
            user_domain_id=DOMAIN_ID,
            project_id=project["id"],
            project_name=project["name"],
            roles=("admin", "member", "reader"),
            issued_at=now,
            expires_at=now + self._lifetime,
            audit_id=tokens.new_audit_id(),
            methods=(),
        )
        self._admin_until = time.monotonic() + _ADMIN_MEMORY
        return self._admin

    # --- revocation of whole accounts; called by Accounts ------------------

    def _note(self, subject: str, issued_until: datetime.datetime | None = None) -> None:
        now = utcnow()
        with self.db.writer() as conn:
            statements.purge_revocations(conn, now)
            statements.revoke(conn, subject, issued_until or now, now + self._lifetime)
        self._revocations.forget()

    def clear(self) -> None:
        """Removes every account and role; tokens issued until now end with them."""
        now = utcnow()
        with self.db.writer() as conn:
            statements.clear(conn)
            statements.revoke(conn, "all", now, now + self._lifetime)
        self.forget()

    def forget(self) -> None:
        """Drops what is remembered of the database, after it was emptied or seeded."""
        self._admin = None
        self._revocations.forget()

    # --- look-ups -----------------------------------------------------------

    def projects_of(self, user_id: str) -> Sequence[Project]:
        with self.db.reader() as conn:
            rows = statements.projects_of(conn, user_id)
        return [Project(**{name: row[name] for name in _PROJECT_FIELDS}) for row in rows]

    def projects(self, name: str | None = None, ids: Iterable[str] | None = None) -> Sequence[Project]:
        with self.db.reader() as conn:
            rows = statements.find_all(conn, projects, name=name, ids=ids)
        return [Project(**{field: row[field] for field in _PROJECT_FIELDS}) for row in rows]

    def users(self, name: str | None = None) -> Sequence[User]:
        with self.db.reader() as conn:
            rows = statements.find_all(conn, users, name=name)
        return [User(**{field: row[field] for field in _USER_FIELDS}) for row in rows]


_USER_FIELDS = tuple(field.name for field in dataclasses.fields(User))
_PROJECT_FIELDS = tuple(field.name for field in dataclasses.fields(Project))
