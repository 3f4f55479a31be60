"""nova-manage account, as an operator types it."""

from __future__ import annotations

import pathlib
import re

import pytest

from nova_api import exception
from nova_api.cmd import manage
from tests.functional.neighbours.conftest import make_backend


@pytest.fixture
def run(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> object:
    make_backend(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        status = manage.main([f"--config-file={tmp_path / 'nova.conf'}", "account", *words])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def test_the_life_of_an_account(run: object, tmp_path: pathlib.Path) -> None:
    ids = make_backend(tmp_path).identity
    status, printed = run("create", "bob", "--project", "lab", "--role", "admin")
    assert status == 0
    password = re.search(r"^password (\w{30})$", printed, re.MULTILINE)[1]
    _, token = ids.authenticate_key("bob", password)
    assert (token.project_name, token.roles) == ("lab", ("admin",))
    assert "lab: admin" in run("list")[1]
    bearer = run("token", "bob")[1].strip()
    assert ids.validate(bearer).user_name == "bob"
    assert run("password", "bob", "--password", "sesame") == (0, "")
    assert ids.authenticate_key("bob", "sesame")
    ids.forget()  # another process changed the password
    with pytest.raises(exception.TokenInvalid):
        ids.validate(bearer)
    assert run("delete", "bob") == (0, "")
    assert run("list") == (0, "")


def test_mistakes_end_in_one_line(run: object) -> None:
    run("create", "bob", "--password", "x")
    for words, sentence in (
        (("create", "bob"), "already exists"),
        (("token", "eve"), "could not be found"),
        (("token", "bob", "--project", "nowhere"), "authentication"),
        (("delete", "eve"), "could not be found"),
    ):
        status, printed = run(*words)
        assert status == 1
        assert sentence in printed
        assert len(printed.splitlines()) == 1
