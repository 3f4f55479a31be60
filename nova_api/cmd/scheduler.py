"""nova-scheduler: picks hosts for servers; consumer of topic ``scheduler``."""

from __future__ import annotations

from nova_api.cmd import patch

patch.apply()

import sys
from collections.abc import Sequence

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api import rpc, service
from nova_api.cmd import workers
from nova_api.conf import log
from nova_api.db import migrate
from nova_api.scheduler.service import BINARY, SchedulerService


def main(argv: Sequence[str] | None = None) -> int:
    """Works until it is told to end; returns the exit status, 2 for a mistake in the options."""
    try:
        conf = nova_conf.new(sys.argv[1:] if argv is None else argv)
        nova_conf.use(conf)
        log.setup(conf)
        rpc.require_broker(conf, BINARY)
        backend = nova_backend.of(conf)
        migrate.require(backend.db)
        workers.require_neighbours(backend)
        service.serve(SchedulerService(backend))
    except workers.MISTAKES as mistake:
        return service.report(mistake)
    return service.wait()


if __name__ == "__main__":
    sys.exit(main())
