"""What every process would carry for an option that it does not use stays unloaded until then."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

_START = """
import json, sys
from nova_api.cmd import api
from nova_api import backend, conf, service
options = conf.new(["--config-file", sys.argv[1]])
conf.use(options)
backend.of(options).db.engine.connect().close()
service.WSGIService("osapi_compute", conf=options)._load(options)
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a nova-api on SQLite whose application has been loaded."""
    folder: pathlib.Path = tmp_path_factory.mktemp("start")
    options = folder / "nova.conf"
    options.write_text(f"[DEFAULT]\nstate_path = {folder}\nosapi_compute_listen_port = 0\n")
    done = subprocess.run(
        [sys.executable, "-c", _START, options], capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("library", "needed_for"),
    [
        ("psycopg2", "PostgreSQL"),
        ("pymysql", "MariaDB and MySQL"),
        ("requests", "http: checks in a policy file; Glance, Neutron and Cinder"),
        ("keystoneauth1", "Keystone, Glance, Neutron and Cinder"),
        ("keystonemiddleware", "auth_strategy = keystone"),
        ("openstack", "clients"),
        ("oslo_messaging", "wake-ups: the first one loads it"),
        ("sqlalchemy.orm", "nothing"),
        ("prometheus_client", "the metrics filter, which no shipped pipeline has"),
    ],
)
def test_is_not_loaded(loaded: set[str], library: str, needed_for: str) -> None:
    assert "nova_api.api.compute" in loaded
    assert library not in loaded, f"every process carries {library}, which is there for {needed_for}"
