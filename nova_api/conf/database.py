"""[database]: oslo.db's own options; the default is SQLite under state_path.

The pool keeps more connections than oslo.db's five: with sixteen clients most of
them would be opened for one request each.  What it opens at most is the same.
"""

from __future__ import annotations

import copy

from oslo_config import cfg
from oslo_db import options

GROUP = cfg.OptGroup("database", title="Database")

#: ``connection`` unset means ``sqlite:///<state_path>/nova-api.sqlite``.
OPTS: list[cfg.Opt] = copy.deepcopy(options.database_opts)
# Room for the threads of a worker and some requests.  Connections beyond the pool are closed after each
# transaction; with oslo.db's own 5, a fifteenth of what builds cost was opening them again.
cfg.set_defaults(OPTS, max_pool_size=20, max_overflow=35)
