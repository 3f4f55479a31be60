"""Runs a program and samples where its processor time goes: ``python bench/profiled.py OUT PROGRAM …``.

Python's own profilers follow calls, and green threads switch in the middle of
them.  This one looks at the stack at each tick of processor time instead.
SIGUSR2 begins, a second one ends and writes two files: ``OUT.folded``, a stack a
line with its number of ticks, which flame graph tools read; and ``OUT.txt``, the
functions by their own and their cumulative share.
"""

from __future__ import annotations

import collections
import pathlib
import runpy
import signal
import sys
from types import FrameType

#: Seconds of processor time between two looks; the kernel rounds it up to its tick.
INTERVAL = 0.001

_stacks: collections.Counter[tuple[str, ...]] = collections.Counter()
_state = {"on": False}


def _name(frame: FrameType) -> str:
    path = pathlib.PurePath(frame.f_code.co_filename)
    return f"{'/'.join(path.parts[-3:])}:{frame.f_code.co_qualname}"


def _look(_number: int, frame: FrameType | None) -> None:
    stack = []
    while frame is not None:
        stack.append(_name(frame))
        frame = frame.f_back
    _stacks[tuple(reversed(stack))] += 1


def _toggle(_number: int, _frame: FrameType | None) -> None:
    _state["on"] = not _state["on"]
    if _state["on"]:
        signal.signal(signal.SIGPROF, _look)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    else:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write(OUT)


def _write(out: pathlib.Path) -> None:
    total = sum(_stacks.values()) or 1
    own: collections.Counter[str] = collections.Counter()
    cumulative: collections.Counter[str] = collections.Counter()
    for stack, ticks in _stacks.items():
        own[stack[-1]] += ticks
        for name in set(stack):
            cumulative[name] += ticks
    folded = "".join(f"{';'.join(stack)} {ticks}\n" for stack, ticks in _stacks.items())
    out.with_suffix(".folded").write_text(folded)
    lines = [f"{total} ticks", "", "  own %   cumulative %", ""]
    for name, ticks in cumulative.most_common(150):
        lines.append(f"{100 * own[name] / total:7.1f} {100 * ticks / total:14.1f}  {name}")
    out.with_suffix(".txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    OUT = pathlib.Path(sys.argv[1])
    sys.argv = sys.argv[2:]
    signal.signal(signal.SIGUSR2, _toggle)
    runpy.run_path(sys.argv[0], run_name="__main__")
