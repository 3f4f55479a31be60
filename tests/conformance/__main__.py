"""`make conformance`: validates replies, replays conversations, says how many held.

Needs the folder with the facts and the recordings (``--shared``), which is not
part of the project; without it, says so and succeeds.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time

from tests import real_process
from tests.conformance import contract, recorder, replay, validate

#: Replays mostly wait for each other's builds, so more servers than cores pay.
PROCESSES = 4


def main() -> int:
    """Exit status 0 when everything ran, whatever the numbers; 1 when a part could not run."""
    options = _options()
    contract_file = options.shared / "facts" / "contract.json"
    if not contract_file.exists():
        print(
            f"skipped: there is no {contract_file} (NOVA_API_SHARED names the folder of facts/ and traces/)"
        )
        return 0
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    began = time.monotonic()
    failed = False

    print("== conversations", flush=True)
    totals = replay.Totals([])
    try:
        choice = replay.Choice(options.repro, options.resource, options.sample)
        totals = replay.replay(options.shared / "traces", options.work, choice, options.processes)
    except real_process.NotStarted as error:
        print(error)
        failed = True
    print(*totals.lines(), sep="\n")
    print(f"what did not hold: {options.work}/misses.md; every exchange: {options.work}/replay-*.log")

    print("== replies", flush=True)
    suite = options.recorded or _run_suite(options.work / "replies.jsonl")
    known = contract.Contract.load(contract_file)
    valid = checked = 0
    for title, files in (
        ("of the test suite", [suite]),
        ("of the replayed conversations", sorted(options.work.glob("replayed-*.jsonl"))),
    ):
        report = validate.validate(known, validate.read(file for file in files if file.exists()))
        print(f"-- {title}: {report.valid} of {report.checked} valid")
        print(*report.lines(), sep="\n")
        if not report.checked:
            print("no reply was recorded, so nothing is known about them")
            failed = True
        valid, checked = valid + report.valid, checked + report.checked
    print(f"took {time.monotonic() - began:.0f} s")
    print(f"schema {valid}/{checked} traces {totals.passed}/{totals.run}")
    return 1 if failed else 0


def _run_suite(into: pathlib.Path) -> pathlib.Path:
    """Runs the functional tests with recording; their failures are theirs to report (`make test`)."""
    log = into.parent / "suite.log"
    with log.open("w") as output:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", "tests/functional"],
            cwd=real_process.ROOT,
            env={**os.environ, recorder.VARIABLE: str(into)},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    print(f"the suite said: {log.read_text().strip().splitlines()[-1]}   ({log})")
    return into


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=pathlib.Path, default=pathlib.Path("../shared"))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("build/conformance"))
    parser.add_argument(
        "--recorded", type=pathlib.Path, help="replies of a run of the suite that was recorded"
    )
    parser.add_argument(
        "--repro", choices=["yes", "no"], help="only conversations (not) reproducible over HTTP"
    )
    parser.add_argument("--resource", help="only conversations of resources that match this expression")
    parser.add_argument("--sample", type=int, help="only so many conversations, the same ones each time")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="servers at a time")
    options = parser.parse_args()
    for name in ("shared", "work", "recorded"):
        if getattr(options, name):
            setattr(options, name, getattr(options, name).resolve())
    return options


if __name__ == "__main__":
    sys.exit(main())
