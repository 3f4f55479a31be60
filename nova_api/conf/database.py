"""[database]: oslo.db's own options; the default is SQLite under state_path."""

from __future__ import annotations

from oslo_config import cfg
from oslo_db import options

GROUP = cfg.OptGroup("database", title="Database")

#: ``connection`` unset means ``sqlite:///<state_path>/nova-api.sqlite``.
OPTS: list[cfg.Opt] = list(options.database_opts)
