"""nova-api: serves the paste application ``osapi_compute`` over HTTP."""

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


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to end; returns the exit status, 2 for a mistake in options or paste file."""
    try:
        conf = nova_conf.new(sys.argv[1:] if argv is None else argv)
        nova_conf.use(conf)
        log.setup(conf)
        rpc.require_broker(conf, "nova-api")
        backend = nova_backend.of(conf)
        migrate.require(backend.db)
        workers.require_neighbours(backend)
        backend.db.dispose()  # forked workers open connections of their own
        service.serve(service.WSGIService("osapi_compute", conf=conf, check=workers.check))
    except workers.MISTAKES as mistake:
        return service.report(mistake)
    return service.wait()


if __name__ == "__main__":
    sys.exit(main())
