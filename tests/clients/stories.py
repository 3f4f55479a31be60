"""Stories: what people type at the stock clients, and what they see.

A file of ``stories/`` reads like a terminal::

    == a server is stopped
    demo$ openstack server stop web
    demo$ until openstack server show -f value -c status web
      ^SHUTOFF$
    admin$ id = nova show web
      \\| id +\\| (\\S+)

A command must succeed, and its output must match the expressions indented below it;
one behind ``!`` must not match. ``until`` repeats the command until all that holds.
``name =`` keeps what the first expression's group (or, without one, the whole output)
was; ``{name}`` stands for it from there on. ``refused`` wants the command to fail, its
errors being the output. ``{scratch}`` is a folder for files.
"""

from __future__ import annotations

import pathlib
import re
import shlex
import time
from collections.abc import Iterator
from typing import NamedTuple

from tests.clients.shells import Said, Shells

FOLDER = pathlib.Path(__file__).parent / "stories"
WITHIN = 30.0
_COMMAND = re.compile(r"(\w+)\$ (?:(until|refused) |(\w+) = )?(openstack|nova-manage|nova) (.*)")
_NAME = re.compile(r"\{(\w+)\}")


class Line(NamedTuple):
    """A command and what its output has to show; ``expected`` as written, with its ``!``."""

    number: int
    user: str
    manner: str | None
    keep: str | None
    client: str
    command: str
    expected: list[str]


class Story(NamedTuple):
    """Lines that build upon each other."""

    title: str
    file: str
    lines: list[Line]


def read(path: pathlib.Path) -> Iterator[Story]:
    """The stories of a file; ValueError, with the line's number, for what is none."""
    story: Story | None = None
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip() or text.startswith("#"):
            continue
        if text.startswith("== "):
            if story is not None:
                yield story
            story = Story(text[3:], path.name, [])
        elif story is not None and text.startswith("  ") and story.lines:
            story.lines[-1].expected.append(text.strip())
        elif story is not None and (found := _COMMAND.fullmatch(text)):
            story.lines.append(Line(number, *found.groups(), []))
        else:
            raise ValueError(f"{path.name}:{number}: no command, no expression, no title: {text}")
    if story is not None:
        yield story


def every(client: str) -> list[Story]:
    """The stories about ``client``, in the order of their files."""
    return [story for path in sorted(FOLDER.glob(f"{client}_*.txt")) for story in read(path)]


def play(story: Story, shells: Shells) -> None:
    """Does what the story says; AssertionError at the first line that turns out otherwise."""
    known: dict[str, str] = {"scratch": str(shells.scratch)}
    for line in story.lines:
        said, problem = _do(line, known, shells)
        ends = time.monotonic() + WITHIN
        while problem and line.manner == "until" and time.monotonic() < ends:
            said, problem = _do(line, known, shells)
        assert not problem, (
            f"{story.file}:{line.number}: {line.client} {_filled(line.command, known)}\n"
            f"{problem}\n{said.stdout}{said.stderr}"
        )
        if line.keep:
            known[line.keep] = _kept(line, said.stdout, known)


def _do(line: Line, known: dict[str, str], shells: Shells) -> tuple[Said, str]:
    """What was said, and what is wrong with it."""
    said = shells.run(line.user, line.client, *shlex.split(_filled(line.command, known)))
    if (said.status != 0) != (line.manner == "refused"):
        return said, f"ended with {said.status}"
    output = said.stderr if line.manner == "refused" else said.stdout
    for expression in line.expected:
        negated, pattern = expression.startswith("!"), _filled(expression.removeprefix("!"), known, re.escape)
        if bool(re.search(pattern, output, re.MULTILINE)) == negated:
            return said, f"{'shows' if negated else 'does not show'}: {pattern}"
    return said, ""


def _kept(line: Line, output: str, known: dict[str, str]) -> str:
    if not line.expected:
        return output.strip()
    found = re.search(_filled(line.expected[0], known, re.escape), output, re.MULTILINE)
    assert found is not None
    return found[1]


def _filled(text: str, known: dict[str, str], spelt: object = str) -> str:
    assert callable(spelt)
    return _NAME.sub(lambda match: spelt(known[match[1]]) if match[1] in known else match[0], text)
