"""The quick way to a log line and oslo.log's own say the same, whatever is logged and in which format."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

_BOTH = """
import json, logging, sys
from oslo_log import formatters
from nova_api import conf as nova_conf
from nova_api.conf import log
from nova_api.context import RequestContext

conf = nova_conf.new(["--config-file", sys.argv[1]])
log.setup(conf)
sys.excepthook = sys.__excepthook__
logging.getLogger().setLevel(logging.DEBUG)
handler = logging.getLogger().handlers[0]
ours = handler.formatter
theirs = formatters.ContextFormatter(
    project=ours.project, version=ours.version, datefmt=conf.log_date_format, config=conf
)
lines = []

class Both(logging.Handler):
    def emit(self, record):
        lines.append((ours.format(record), theirs.format(logging.makeLogRecord(record.__dict__))))

logging.getLogger().handlers = [Both()]
LOG = logging.getLogger("nova_api.test")

def speak():
    LOG.info("plain")
    LOG.info("%(user_id)s did %(what)s", {"user_id": "u", "what": "100 %"}, extra={"user_id": "u"})
    LOG.info("with an id of its own", extra={"request_id": "req-extra", "global_request_id": "req-0"})
    LOG.info("of a server", extra={"instance_uuid": "i-1"})
    LOG.debug("for developers")
    LOG.warning("a warning")
    LOG.info("a stack", stack_info=True)
    try:
        raise ValueError("a bug")
    except ValueError:
        LOG.info("while an error is handled")
        LOG.warning("the same, as a warning")
        LOG.exception("failed")

speak()
RequestContext(request_id="req-1", global_request_id="req-2", user_id="u1", project_id="p1", overwrite=True)
speak()
json.dump(lines, sys.stdout)
"""


@pytest.mark.parametrize(
    "options",
    [
        "",
        "log_date_format = %H:%M",
        "logging_context_format_string = %(levelname)-8s %(request_id)s %(process)d 100%% %(message)s",
        "logging_context_format_string = %(request_id)s %(user_identity)s %(instance)s%(message)s",
        "logging_context_format_string = %(isotime)s %(request_id)s %(global_request_id)s %(message)s",
    ],
)
def test_both_ways_say_the_same(options: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "nova.conf"
    file.write_text(f"[DEFAULT]\n{options}\n")
    done = subprocess.run(
        [sys.executable, "-c", _BOTH, file], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)
    assert len(lines) == 20
    for ours, theirs in lines:
        assert ours == theirs
    assert any("req-1" in ours for ours, _ in lines)
