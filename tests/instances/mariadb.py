"""A MariaDB server."""

from __future__ import annotations

import sqlalchemy as sa

from tests.instances.instance import Instance, program


class MariaDB(Instance):
    """With one empty database, ``nova_api``."""

    kind = "mariadb"
    users = ("mysql", "root")

    def _make(self) -> None:
        self._server = program("mariadbd", "mysqld")
        install = program("mariadb-install-db", "mysql_install_db")
        self._data = self.own(self.folder / "data")
        # A server that starts removes temporary tables from its tmpdir.  In /tmp they may be another
        # server's of the same user, which then looks for them and crashes.
        self._temporary = self.own(self.folder / "tmp")
        self.own(self.folder)
        self.run(
            install,
            "--no-defaults",
            f"--datadir={self._data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *([f"--user={self.user}"] if self.user else []),
        )

    @property
    def url(self) -> str:
        """As ``[database] connection`` wants it."""
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/nova_api"

    def command(self) -> list[str]:
        return [
            self._server,
            "--no-defaults",
            f"--datadir={self._data}",
            f"--tmpdir={self._temporary}",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--innodb-buffer-pool-size=128M",
            "--skip-name-resolve",
            "--max-connections=300",
            *([f"--user={self.user}"] if self.user else []),
        ]

    def answers(self) -> bool:
        engine = sa.create_engine(f"mysql+pymysql://root@127.0.0.1:{self.port}/", poolclass=sa.NullPool)
        try:
            with engine.connect() as conn:
                conn.exec_driver_sql("CREATE DATABASE IF NOT EXISTS nova_api CHARACTER SET utf8mb4")
        except sa.exc.DBAPIError:
            return False
        return True
