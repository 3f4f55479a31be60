"""Replays recorded conversations against server processes, several at a time.

The comparing is done by the ``replay.py`` that lies beside the recordings; this
module picks the tests, deals them out to the servers and adds the reports up.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import json
import pathlib
import random
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from tests.conformance import misses, prepared, servers

#: Passed to the recordings' replay.py. A test whose status diverged has failed: going on only costs time.
HOW = (
    "--header",
    "X-Auth-Token: {user}:{project}:{roles}",
    "--stop-on-divergence",
    "--poll-timeout=8",
    "--poll-interval=0.1",
    "--settle=2",
)


@dataclasses.dataclass(frozen=True)
class Choice:
    """Which of the recorded tests to run."""

    repro: str | None = None
    resource: str | None = None
    sample: int | None = None

    def of(self, lines: Iterable[str]) -> list[str]:
        """The lines (one test each) that were chosen, in order; only tests that passed when recorded."""
        chosen = []
        for line in lines:
            test = json.loads(line)
            if test.get("result") != "pass":
                continue
            if self.repro and test.get("http_reproducible") != (self.repro == "yes"):
                continue
            if self.resource and not re.search(self.resource, test.get("resource") or ""):
                continue
            chosen.append(line)
        if self.sample and self.sample < len(chosen):
            picked = sorted(random.Random(1).sample(range(len(chosen)), self.sample))
            chosen = [chosen[index] for index in picked]
        return chosen


@dataclasses.dataclass
class Totals:
    """Reports of the recordings' replay.py, added up."""

    tests: list[dict[str, Any]]
    #: Tests that were dealt out but never reported, because their runner gave up.
    missing: int = 0

    @property
    def passed(self) -> int:
        return sum(bool(test["pass"]) for test in self.tests)

    @property
    def run(self) -> int:
        return len(self.tests) + self.missing

    def lines(self) -> Iterator[str]:
        """Totals by resource; a test that never ran counts as failed."""
        yield f"{'conversations by resource':40} {'passed/run':>12}"
        by_resource: dict[str, list[bool]] = {}
        for test in self.tests:
            by_resource.setdefault(test["resource"] or "-", []).append(bool(test["pass"]))
        for resource, passes in sorted(by_resource.items()):
            yield f"{resource:40} {f'{sum(passes)}/{len(passes)}':>12}"
        if self.missing:
            yield f"{'(never reported)':40} {f'0/{self.missing}':>12}"


def read(corpus: pathlib.Path) -> Iterator[str]:
    """Lines of a corpus."""
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        yield from lines


def replay(traces: pathlib.Path, work: pathlib.Path, choice: Choice, processes: int) -> Totals:
    """Runs the chosen tests of ``traces`` on ``processes`` servers; files go into ``work``.

    Raises real_process.NotStarted when a server doesn't come up.
    """
    chosen = choice.of(read(traces / "open.jsonl.gz"))
    processes = max(1, min(processes, len(chosen)))
    shards = [work / f"shard-{number}.jsonl" for number in range(processes)]
    dealt = [list(map(prepared.line, chosen[number::processes])) for number in range(processes)]
    with contextlib.ExitStack() as stack:
        urls = [
            stack.enter_context(
                servers.running(
                    work / f"server-{number}",
                    traces / "world.json",
                    work / f"replayed-{number}.jsonl",
                    prepared.hosts(dealt[number]),
                )
            )
            for number in range(processes)
        ]
        runners = []
        for number, shard in enumerate(shards):
            shard.write_text("".join(dealt[number]), encoding="utf-8")
            runners.append(_start(traces, work, number, shard, urls[number]))
            stack.callback(runners[-1].terminate)
        for number, runner in enumerate(runners):
            # 0 and 1 say whether everything held.
            if runner.wait() not in (0, 1):
                print(f"the replay of {shards[number]} ended with status {runner.returncode}")
    tests: list[dict[str, Any]] = []
    by_name = {test["test"]: test for test in map(json.loads, chosen)}
    for report in (work / f"report-{number}.json" for number in range(processes)):
        if report.exists():
            tests += json.loads(report.read_text(encoding="utf-8"))["tests"]
    page = "\n".join(misses.lines(tests, by_name))
    (work / "misses.md").write_text(page + "\n", encoding="utf-8")
    return Totals(tests, missing=len(chosen) - len(tests))


def _start(
    traces: pathlib.Path, work: pathlib.Path, number: int, shard: pathlib.Path, url: str
) -> subprocess.Popen[bytes]:
    with (work / f"replay-{number}.log").open("w") as log:
        return subprocess.Popen(
            [
                sys.executable,
                str(traces / "replay.py"),
                str(shard),
                f"--base-url={url}",
                f"--reset-url={url}/__reset",
                f"--event-url={url}/__event",
                f"--report={work / f'report-{number}.json'}",
                "-v",
                *HOW,
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
