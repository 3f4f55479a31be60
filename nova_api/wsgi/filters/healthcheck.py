"""healthcheck: tells a load balancer whether to send requests here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oslo_middleware import healthcheck as oslo_healthcheck
from oslo_middleware.healthcheck import opts

from nova_api.wsgi.options import private_conf


class Healthcheck(oslo_healthcheck.Healthcheck):
    """An application (mount it in a urlmap) that answers 200, or 503 with the reason.

    It is oslo.middleware's, with options of its own in place of the
    process-wide ones.  Without backends it is healthy as long as it answers.

    Options:
        backends: names with commas, e.g. disable_by_file; default none
        disable_by_file_path: a file that makes it unhealthy while it exists
        disable_by_file_paths: the same by port: 8774:/path,8775:/path
        detailed: true shows stacks and versions of the process; default false
        allowed_source_ranges: networks that may ask, with commas; default all
        ignore_proxied_requests: default false
    """

    @classmethod
    def app_factory(cls, global_conf: Mapping[str, str] | None, **local_conf: Any) -> Healthcheck:
        """The ``paste.app_factory``; raises OptionError."""
        known = [
            *opts.HEALTHCHECK_OPTS,
            *opts.DISABLE_BY_FILE_OPTS,
            *opts.DISABLE_BY_FILES_OPTS,
            *opts.ENABLE_BY_FILES_OPTS,
        ]
        return cls(None, private_conf(known, "healthcheck", local_conf))
