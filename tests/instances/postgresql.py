"""A PostgreSQL server."""

from __future__ import annotations

import pathlib
import signal

import sqlalchemy as sa

from tests.instances.instance import Instance, program

#: Where distributions keep the server's programs, which are on nobody's path.
_FOLDERS = tuple(
    str(path) for path in sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
)


class PostgreSQL(Instance):
    """With one empty database, ``nova_api``."""

    kind = "postgresql"
    users = ("postgres", "nobody")
    stop_signal = signal.SIGINT  # ends connections and shuts down; SIGTERM would wait for every client

    def _make(self) -> None:
        self._server = program("postgres", folders=_FOLDERS)
        self.own(self.folder)
        self._data = self.own(self.folder / "data")
        self.run(
            program("initdb", folders=_FOLDERS),
            *("-D", str(self._data), "-U", "root", "-A", "trust", "-E", "UTF8", "--no-sync"),
        )

    @property
    def url(self) -> str:
        """As ``[database] connection`` wants it."""
        return f"postgresql+psycopg2://root@127.0.0.1:{self.port}/nova_api"

    def command(self) -> list[str]:
        return [
            self._server,
            *("-D", str(self._data), "-p", str(self.port), "-k", str(self.folder)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"),
        ]

    def answers(self) -> bool:
        engine = sa.create_engine(
            f"postgresql+psycopg2://root@127.0.0.1:{self.port}/postgres",
            isolation_level="AUTOCOMMIT",
            poolclass=sa.NullPool,
        )
        try:
            with engine.connect() as conn:
                if not conn.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = 'nova_api'")):
                    conn.exec_driver_sql("CREATE DATABASE nova_api")
        except sa.exc.DBAPIError:
            return False
        return True
