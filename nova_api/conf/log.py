"""[DEFAULT] options of oslo.log, and the one place that sets logging up.

Lines for people go to standard error; ``use_json`` makes each a JSON object,
``log_file`` sends them to a file instead (reopened when a rotation moves it).
"""

from __future__ import annotations

import logging
import re
from typing import Any

from oslo_config import cfg
from oslo_context import context as oslo_context
from oslo_log import _options as oslo_log_options
from oslo_log import formatters
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

#: What the quick way knows of a record: what Python's logging gives it, and who asked.
_KNOWN = {
    *("asctime", "created", "filename", "funcName", "levelname", "levelno", "lineno", "message", "module"),
    *("msecs", "name", "pathname", "process", "processName", "relativeCreated", "thread", "threadName"),
    "request_id",
}
_NAME = re.compile(r"%(?:\((\w+)\)|(%))?")


class _Formatter(formatters.ContextFormatter):
    """oslo.log's, with a quick way to the same text for lines of requests, which are most of them.

    A format with other names than ``_KNOWN``, a warning or an error, a traceback: all that takes
    oslo.log's own way, which first gathers everything that any format might ask for.
    """

    def __init__(self, conf: cfg.ConfigOpts, **kwargs: Any) -> None:
        super().__init__(config=conf, datefmt=conf.log_date_format, **kwargs)
        self._line: str = conf.logging_context_format_string
        asked = {name or percent for name, percent in _NAME.findall(self._line)}
        self._is_plain = bool(self.datefmt) and asked <= _KNOWN | {"%"}
        self._second = (-1, "")

    def format(self, record: logging.LogRecord) -> str:
        values = record.__dict__
        context = values.get("context") or oslo_context.get_current()
        if (
            not self._is_plain
            or not logging.DEBUG < record.levelno < logging.WARNING
            or not isinstance(context, oslo_context.RequestContext)
            or not context.request_id
            or record.exc_info
            or record.exc_text
            or record.stack_info
        ):
            return super().format(record)
        record.message = record.getMessage()
        record.request_id = context.request_id
        record.asctime = self._time(record)
        return self._line % values

    def _time(self, record: logging.LogRecord) -> str:
        """``asctime``, which stays the same for a second."""
        second = int(record.created)
        if self._second[0] != second:
            self._second = (second, self.formatTime(record, self.datefmt))
        return self._second[1]


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
    if conf.log_config_append:
        return  # Python's own file of handlers and formatters counts
    for handler in logging.getLogger().handlers:
        if type(handler.formatter) is formatters.ContextFormatter:
            handler.setFormatter(_Formatter(conf, project="nova-api", version=__version__))
