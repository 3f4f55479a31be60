"""[DEFAULT] options of oslo.log, and the one place that sets logging up.

Lines for people go to standard error; ``use_json`` makes each a JSON object,
``log_file`` sends them to a file instead (reopened when a rotation moves it).
"""

from __future__ import annotations

from oslo_config import cfg
from oslo_log import _options as oslo_log_options
from oslo_log import log as oslo_log

from nova_api import __version__

GROUP: cfg.OptGroup | None = None

#: Those that programs also take on the command line (``--debug``, ``--log-file`` …).
CLI_OPTS: list[cfg.Opt] = [*oslo_log_options.common_cli_opts, *oslo_log_options.logging_cli_opts]

OPTS: list[cfg.Opt] = [*oslo_log_options.generic_log_opts, *oslo_log_options.log_opts]

#: oslo.log's format with the request's id alone: who asked is in the request_log filter's line.
_LINE = "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s [%(request_id)s] %(message)s"
#: Libraries that tell at INFO what concerns nobody, besides those that oslo.log silences.
_QUIET = ["alembic=WARN", "oslo_service=WARN"]


def setup(conf: cfg.ConfigOpts) -> None:
    """Points the root logger where ``conf`` says; may be called again after a change.

    oslo.log's own guard for eventlet is left out on purpose: its mutex is a pipe
    that forked workers would share, so one killed while logging would silence
    them all.  It is made for native threads that log, and this service has none.
    """
    conf.set_default("logging_context_format_string", _LINE)
    conf.set_default("default_log_levels", [*oslo_log_options.DEFAULT_LOG_LEVELS, *_QUIET])
    if not (conf.log_file or conf.log_dir or conf.use_journal or conf.use_syslog):
        conf.set_default("use_stderr", True)
    oslo_log.setup(conf, "nova-api", __version__, fix_eventlet=False)
