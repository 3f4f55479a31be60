"""nova-manage routes, policy and coverage: what is declared, for people to read."""

from __future__ import annotations

import json
import pathlib

import pytest
import yaml

from nova_api.api import inventory, policy
from nova_api.api.compute.extensions import ExtensionsController
from nova_api.api.compute.keypairs import KeypairsController
from nova_api.cmd import manage
from nova_api.cmd.manage import coverage


def run(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert manage.main([*args]) == 0
    return capsys.readouterr().out


def test_entries_say_what_was_declared() -> None:
    (create,) = [e for e in inventory.entries([KeypairsController]) if e.method == "POST"]
    assert create == inventory.Entry(
        path="/os-keypairs",
        method="POST",
        action="",
        versions="2.1–",
        state="built",
        success="200, 201",
        policy="os_compute_api:os-keypairs:create",
    )


def test_routes_list(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "routes", "list", "flavors").splitlines()
    assert len(lines) == 15
    assert any(line.startswith("POST   /flavors/{id}/action addTenantAccess") for line in lines)
    assert "/os-cells " in run(capsys, "routes", "list")


def test_routes_list_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert manage.main(["routes", "list", "nonsense"]) == 1
    assert "/nonsense" in capsys.readouterr().out


def test_policy_list_is_a_policy_file(capsys: pytest.CaptureFixture[str]) -> None:
    text = run(capsys, "policy", "list")
    assert "# POST /os-keypairs\n" in text
    uncommented = [line[1:] for line in text.splitlines() if line.startswith('#"')]
    rules = yaml.safe_load("\n".join(uncommented))
    assert rules == {rule.name: rule.check_str for rule in policy.declared()}


def test_coverage_counts_and_is_the_same_each_time(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    target = tmp_path / "docs" / "coverage.md"
    run(capsys, "coverage", "--write", str(target))
    page = target.read_text(encoding="utf-8")
    assert page == run(capsys, "coverage")
    assert "| GET | `/os-keypairs/{id}` |  | 2.1– | built | 200 |" in page
    assert "| GET | `/os-cells` |  | 2.1– | 410 |  |" in page


def test_totals() -> None:
    entries = inventory.entries([ExtensionsController])
    missing = entries[0]._replace(state="501")
    page = coverage.render([*entries, missing])
    assert "| [extensions](#extensions) | 2 | 1 | 0 |" in page
    assert "| **all** | 2 | 1 | 0 |" in page


def test_what_has_nothing_behind_it_is_not_called_built() -> None:
    states = {(e.method, e.state) for e in inventory.entries() if e.path == "/os-baremetal-nodes"}
    assert states == {("GET", "501"), ("POST", "built")}


EVIDENCE = {
    "openstack CLI": {
        "GET /flavors/detail": ["2.1", "2.61", "2.96", "2.104"],
        "GET /os-keypairs/mine": ["2.1"],
        "PUT /flavors/{id}": ["2.1", "2.55"],
    },
    "curl": {
        "os-start": ["2.1", "2.0"],
        "POST /servers/{id}/action os-stop": ["2.104"],
        "GET /nowhere": ["2.1"],
    },
}


def test_evidence_is_columns(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(EVIDENCE), encoding="utf-8")
    page = run(capsys, "coverage", "--evidence", str(file))
    assert "| method | path | action | microversions | state | success | openstack CLI | curl |" in page
    rows = [
        "| GET | `/flavors/detail` |  | 2.1– | built | 200 | 2.1 … 2.104 (4) |  |",
        "| GET | `/flavors/{id}` |  | 2.1– | built | 200 |  |  |",
        # Seen before it was there, it was a 404: that is no evidence.
        "| PUT | `/flavors/{id}` |  | 2.55– | built | 200 | 2.55 |  |",
        "| GET | `/os-keypairs/{id}` |  | 2.1– | built | 200 | 2.1 |  |",
        "| POST | `/servers/{id}/action` | os-start | 2.1– | built | 202 |  | 2.1 |",
        "| POST | `/servers/{id}/action` | os-stop | 2.1– | built | 202 |  | 2.104 |",
        "| [flavors](#flavors) | 14 | 0 | 0 | 2 | 0 |",
        "| curl | `GET /nowhere` |",
    ]
    assert [row for row in rows if row not in page.splitlines()] == []


@pytest.mark.parametrize(
    "text", ["", "[]", '{"curl": []}', '{"curl": {"GET /": ["3.1"]}}', '{"curl": {"GET /": 1}}']
)
def test_what_is_no_evidence_is_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, text: str
) -> None:
    file = tmp_path / "evidence.json"
    file.write_text(text, encoding="utf-8")
    assert manage.main(["coverage", "--evidence", str(file)]) == 1
    assert f"{file} is no file of evidence" in capsys.readouterr().err
