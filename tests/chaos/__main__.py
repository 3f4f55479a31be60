"""``python -m tests.chaos``: the last line is ``lost L of N (seed S)``; status 1 when L is not 0."""

from __future__ import annotations

import argparse
import pathlib
import random
import resource
import shutil
import signal
import sys
import tempfile

from tests.chaos.place import DATABASES
from tests.chaos.run import Outcome, run


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description="Breaks everything under load.")
    parser.add_argument("--operations", type=int, default=1000, help="accepted operations (default: 1000)")
    parser.add_argument("--seed", type=int, default=None, help="which random moments (default: any)")
    parser.add_argument("--clients", type=int, default=8, help="clients at the same time (default: 8)")
    parser.add_argument("--pace", type=float, default=25, help="operations between faults (default: 25)")
    parser.add_argument("--limit", type=float, help="seconds after which no more is asked for")
    parser.add_argument("--database", choices=sorted(DATABASES), default="mariadb")
    parser.add_argument("--keep", action="store_true", help="keep the folder with state and logs")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, flush=True)


def _report(outcome: Outcome) -> None:
    for title, counts in (
        ("broken", outcome.faults),
        ("accepted", outcome.operations),
        ("not accepted", outcome.refused),
    ):
        _say(f"{title}: " + ", ".join(f"{name} {number}" for name, number in sorted(counts.items())))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(one.ru_utime + one.ru_stime for one in used)
    _say(f"cut off before the reply: {outcome.cut_off}")
    _say(f"deleted without their host: {outcome.findings.hostless}")
    _say(f"{outcome.seconds:.0f} s, {processor:.0f} s of processor time")
    for line in (*outcome.findings.lost, *outcome.findings.wrong):
        _say(f"  {line}")
    _say(outcome.last_line)


def main() -> int:
    """Runs, reports; returns the exit status."""
    asked = _arguments()
    # Ends as an exception does, so that what was started is ended too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1_000_000)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nova-api-chaos-"))
    outcome = run(
        folder,
        operations=asked.operations,
        seed=seed,
        clients=asked.clients,
        pace=asked.pace,
        database=asked.database,
        say=_say,
        limit=asked.limit,
    )
    if outcome.lost or asked.keep:
        _say(f"state and logs are kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    _report(outcome)
    return 1 if outcome.lost else 0


if __name__ == "__main__":
    sys.exit(main())
