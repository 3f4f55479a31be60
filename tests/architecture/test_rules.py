"""Each rule on a planted violation, and on the nearest thing that is allowed."""

from __future__ import annotations

import pytest

from tests.architecture import layers, rules

BAD = [
    (rules.direction, "nova_api.db.servers", "from nova_api.compute import api\n", "stands above"),
    (rules.direction, "nova_api.api.compute.servers", "import nova_api.wsgi.server\n", "stands above"),
    (rules.direction, "nova_api.brandnew.thing", "import json\n", "no layer"),
    (rules.eventlet, "nova_api.compute.manager", "def run():\n    import eventlet.green.time\n", "eventlet"),
    (rules.eventlet, "nova_api.wsgi.filters.noauth", "from greenlet import getcurrent\n", "greenlet"),
    (rules.domain, "nova_api.compute.servers", "import webob.exc\n", "no HTTP"),
    (rules.domain, "nova_api.scheduler.manager", "from nova_api.api import faults\n", "no HTTP"),
    (rules.versions, "nova_api.api.compute.servers", "if req.api_version >= (2, 47): pass\n", "compares"),
    (rules.versions, "nova_api.compute.servers", "new = '2.5' < microversion\n", "compares"),
    (rules.versions, "nova_api.api.router", "if request.version.matches('2.1', '2.9'): pass\n", "matches"),
    (rules.names, "nova_api.db.utils", "", "says nothing"),
    (rules.size, "nova_api.compute.servers", "x = 1\n" * (layers.MOST_LINES + 1), "more than"),
]

GOOD = [
    (rules.direction, "nova_api.compute.servers", "from nova_api.db import servers\nimport os\n"),
    (rules.direction, "nova_api.db.quotas", "from nova_api.compute.states import ACTIVE\n"),
    (rules.direction, "nova_api.api.compute.servers", "from nova_api.api.compute import flavors\n"),
    (
        rules.direction,
        "nova_api.db.servers",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nova_api.backend import Backend\n",
    ),
    (rules.eventlet, "nova_api.wsgi.server", "import eventlet\n"),
    (rules.eventlet, "nova_api.cmd.patch", "import eventlet\n"),
    (rules.domain, "nova_api.api.compute.servers", "import webob\n"),
    (rules.versions, "nova_api.api.declare", "if version >= since: pass\n"),
    (rules.versions, "nova_api.wsgi.server", "if handler.request_version < 'HTTP/1.1': pass\n"),
    (rules.versions, "nova_api.api.router", "if version == latest: pass\nif count > 3: pass\n"),
    (rules.versions, "nova_api.neighbours.identity.local", "passwords.matches(password, stored)\n"),
    (rules.names, "nova_api.db.migrations", ""),
    (rules.size, "nova_api.compute.servers", "x = 1\n" * layers.MOST_LINES),
]


@pytest.mark.parametrize(("rule", "module", "source", "says"), BAD)
def test_a_planted_violation_is_found(rule, module, source, says) -> None:
    found = rule(module, source)
    assert len(found) == 1
    assert says in found[0]
    assert module in found[0]


@pytest.mark.parametrize(("rule", "module", "source"), GOOD)
def test_what_is_allowed_passes(rule, module, source) -> None:
    assert rule(module, source) == []


def test_a_submodule_imported_through_its_package_counts_as_itself() -> None:
    source = "from nova_api.wsgi import urlmap\n"
    known = frozenset({"nova_api.wsgi.urlmap"})
    assert [name for _, name in rules.imports(source, known)] == ["nova_api.wsgi.urlmap"]
    assert [name for _, name in rules.imports(source)] == ["nova_api.wsgi"]
