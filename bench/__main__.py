"""`make bench`: starts the service, loads it, and prints what each kind of request costs.

The client runs on the same machine and other programs may, so requests a second
and milliseconds compare little; the processor time that our processes spend on a
request, and how often a bare eventlet server would fit into it, compare well.
Exit status 1 when a request was answered otherwise than expected, or when a
ratio is beyond what ``--check`` allows.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator

from bench import deployment, moments
from bench.cases import BY_NAME, CASES, Case
from bench.load import Connection, message
from bench.measure import Bare, Figures, await_host, load, measure, percentiles
from tests.real_process import ROOT

LATEST = ROOT / "bench" / "latest.json"
#: case/database/workers → ratio to the bare server, as it was when somebody last looked.
KNOWN = ROOT / "bench" / "ratios.json"
#: How much worse than known a ratio may be before ``--check`` fails.
WORSE = 2.0
PROGRAMS = {
    "api": ("nova-api",),
    "all": ("nova-all",),
    "cloud": ("nova-api", "nova-scheduler", "nova-compute"),
}
HEADER = (
    f"{'case':18} {'database':10} {'workers':>7} {'per s':>7} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}"
    f" {'CPU ms':>8} {'budget':>7} {'x bare':>7} {'budget':>7}"
)


def line(figures: Figures) -> str:
    """One row of the table."""
    case = BY_NAME[figures.case]
    ratio = "" if case.ratio is None else f"{case.ratio:g}"
    wrong = f"  wrong: {figures.wrong}" if figures.wrong else ""
    return (
        f"{figures.case:18} {figures.database:10} {figures.workers:>7} {figures.rps:>7.0f}"
        f" {figures.p50:>8.2f} {figures.p95:>8.2f} {figures.p99:>8.2f} {figures.cpu_ms:>8.3f}"
        f" {case.budget:>7g} {figures.ratio:>7.1f} {ratio:>7}{wrong}"
    )


class Run:
    """One tree, one database, one number of workers."""

    def __init__(self, options: argparse.Namespace, tree: pathlib.Path, kind: str, workers: int) -> None:
        self.options = options
        self.tree = tree
        self.kind = kind
        self.workers = workers
        self.figures: list[Figures] = []
        self.moments: list[moments.Line] = []

    def run(self, cases: list[Case]) -> None:
        """Measures ``cases``, and the moments when they are asked for."""
        projects = {name: count for case in cases for name, count in case.project.items()}
        if self.options.moments:
            projects.setdefault("thousand", 1000)
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nova-api-bench-")))
            url = stack.enter_context(deployment.database(self.kind))
            self.deployed = deployment.Deployment(folder, self.tree, url, self.workers)
            self.bare = Bare(*stack.enter_context(deployment.bare(folder)))
            self.deployed.fill(projects)
            for needs in PROGRAMS:
                self._group(needs, [case for case in cases if case.needs == needs])

    def _group(self, needs: str, cases: list[Case]) -> None:
        if needs == "all" and self.workers > 1:
            return
        if not cases and not self.options.moments:
            return
        self.deployed.write("fake://" if needs == "all" else deployment.BROKER)
        if self.options.moments and needs != "cloud":
            self.moments += moments.start(self.deployed, PROGRAMS[needs][0])
        with contextlib.ExitStack() as stack:
            for program in PROGRAMS[needs]:
                profile = self.options.profile if program in ("nova-api", "nova-all") else None
                stack.enter_context(self.deployed.running(program, profile))
            if needs != "api":
                await_host(self.deployed)
            if needs == "cloud":
                stack.callback(self.deployed.forget_queues)
            values = self._values(needs)
            for case in cases:
                self._measure(case, values)
            self._moments(needs, values)

    def _moments(self, needs: str, values: dict[str, str]) -> None:
        if not self.options.moments:
            return
        if needs == "api":
            self.moments += moments.memory(self.deployed)
            self.moments += moments.fairness(self.deployed, self.options.seconds)
            self.moments += moments.beside_a_page(self.deployed, self.options.seconds)
        if needs == "cloud":
            self.moments += moments.to_active(self.deployed, values["image"])

    def _values(self, needs: str) -> dict[str, str]:
        """What is known only now: the image's id and an issued token."""
        images = {"method": "GET", "path": "/v2.1/images", "headers": {"X-Auth-Token": "admin:small"}}
        came = load({**images, "port": self.deployed.port, "expected": 200, "count": 1})
        image = json.loads(came["last"])["images"][0]["id"]
        if needs != "api":
            return {"image": image}
        connection = Connection(self.deployed.port)
        connection.ask(message(BY_NAME["log-in"].asked(self.deployed.port, {}), 0))
        connection.close()
        token = re.search(r"(?i)x-subject-token: (\S+)", connection.head.decode())
        assert token is not None
        return {"image": image, "token": token[1]}

    def _measure(self, case: Case, values: dict[str, str]) -> None:
        profiled = list(self.deployed.processes.values())[0] if self.options.profile else None
        if profiled:
            load({**case.asked(self.deployed.port, values), "count": 20})
            profiled.send_signal(signal.SIGUSR2)
        came, cpu_ms, bare_ms = measure(
            self.deployed, self.bare, case, values, self.options.seconds, self.options.clients
        )
        if profiled:
            profiled.send_signal(signal.SIGUSR2)
            time.sleep(0.5)
        p50, p95, p99 = percentiles(came["milliseconds"])
        rps = len(came["milliseconds"]) / came["seconds"]
        found = Figures(
            case.name, self.kind, self.workers, rps, p50, p95, p99, cpu_ms, bare_ms, came["wrong"]
        )
        self.figures.append(found)
        print(line(found), flush=True)


@contextlib.contextmanager
def tree_of(commit: str) -> Iterator[pathlib.Path]:
    """The files of ``commit`` in a folder of their own."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory(prefix="nova-api-bench-tree-") as name:
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(name, filter="data")
        yield pathlib.Path(name)


def compare(before: list[Figures], after: list[Figures]) -> None:
    """Prints both commits' CPU-milliseconds beside each other."""
    print(f"\n{'case':40} {'CPU ms':>9} {'before':>9} {'of before':>10} {'x bare':>7} {'before':>7}")
    old = {figures.key: figures for figures in before}
    for new in after:
        was = old[new.key]
        share = new.ratio / was.ratio
        print(
            f"{new.key:40} {new.cpu_ms:>9.3f} {was.cpu_ms:>9.3f} {share:>10.0%}"
            f" {new.ratio:>7.1f} {was.ratio:>7.1f}"
        )


def too_slow(found: list[Figures]) -> list[tuple[Figures, str]]:
    """The cases whose ratio to the bare server is far beyond the known one, each with a sentence."""
    known = json.loads(KNOWN.read_text())
    return [
        (
            figures,
            f"{figures.key}: {figures.ratio:.1f} times the bare server; it was {known[figures.key]:.1f}",
        )
        for figures in found
        if figures.key in known and figures.ratio > WORSE * known[figures.key]
    ]


def answers(kind: str) -> bool:
    """Whether a database of that kind can be had here."""
    try:
        with deployment.database(kind):
            return True
    except Exception as error:
        print(f"skipped {kind}: {error}")
        return False


def chosen(options: argparse.Namespace) -> list[Case]:
    """The cases that are asked for."""
    if options.case == ["all"]:
        return list(CASES)
    if options.case:
        return [BY_NAME[name] for name in options.case]
    return [case for case in CASES if not case.heavy]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--case", nargs="*", choices=["all", *BY_NAME], help="default: all but the heaviest")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each case")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--database", nargs="*", default=["mariadb", "sqlite"])
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--moments", action="store_true", help="also start, memory, fairness, POST to ACTIVE")
    parser.add_argument("--against", help="a commit to measure beside this tree")
    parser.add_argument(
        "--profile", type=pathlib.Path, help="where to write what one case spends its time on"
    )
    parser.add_argument("--check", action="store_true", help=f"fail beyond {WORSE:g} times the known ratios")
    parser.add_argument("--remember", action="store_true", help=f"write the ratios to {KNOWN.name}")
    return parser.parse_args()


def sweep(options: argparse.Namespace, tree: pathlib.Path) -> list[Run]:
    """Every case on every database with every number of workers."""
    print(HEADER)
    runs = []
    for kind in options.database:
        for workers in options.workers:
            run = Run(options, tree, kind, workers)
            run.run(chosen(options))
            runs.append(run)
    for run in runs:
        for what, figure, unit, budget in run.moments:
            print(f"{what:48} {run.kind:10} {run.workers:>3} {figure:>9.2f} {unit:5} (budget {budget:g})")
    return runs


def main() -> int:
    """Prints the table; returns the exit status."""
    options = arguments()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, client included, Python {platform.python_version()}"
    )
    options.database = [kind for kind in options.database if answers(kind)]
    before: list[Figures] = []
    if options.against:
        with tree_of(options.against) as tree:
            before = [figures for run in sweep(options, tree) for figures in run.figures]
    found = [figures for run in sweep(options, ROOT) for figures in run.figures]
    if before:
        compare(before, found)
    LATEST.write_text(json.dumps({figures.key: figures.as_json() for figures in found}, indent=1) + "\n")
    if options.remember:
        KNOWN.write_text(
            json.dumps({f.key: round(f.ratio, 1) for f in found}, indent=1, sort_keys=True) + "\n"
        )
    slow = too_slow(found) if options.check else []
    if slow:
        print("measured again, because another program may have been in the way:")
        options.case = list(dict.fromkeys(figures.case for figures, _ in slow))
        slow = too_slow([figures for run in sweep(options, ROOT) for figures in run.figures])
    for _, sentence in slow:
        print(sentence)
    return 1 if slow or any(figures.wrong for figures in found) else 0


if __name__ == "__main__":
    sys.exit(main())
