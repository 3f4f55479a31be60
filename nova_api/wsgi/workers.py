"""A parent that keeps forked workers alive; they inherit its listening sockets.

The parent runs no event loop and serves nothing.  It blocks the signals that
it cares for and waits for them with ``sigtimedwait``: no handler, no race, and
no wake-ups while nothing happens.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable

LOG = logging.getLogger(__name__)

SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
#: A worker that died younger than this did not do its work: the next one waits, longer each time.
_INFANCY = 5.0
_LONGEST_WAIT = 30.0
#: How often the start looks whether the first worker serves; the only polling there is.
_GLANCE = 0.02
#: Seconds that workers get beyond their own time-out before they are killed.
_MARGIN = 3.0

#: Serves in the child until told to stop, and returns its exit status. Gets a function to call once it
#: serves, and a socket that reads as ended when the parent is gone. All signals are still blocked.
Work = Callable[[Callable[[], None], socket.socket], int]


class _Slot:
    """One worker's place: who has it, since when, and when the next may have it."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.pid = 0
        self.born = 0.0
        self.due = 0.0
        self.deaths = 0


class Supervisor:
    """Keeps ``workers`` processes running ``work``; ``run`` returns the exit status.

    ``patience`` says how many seconds the workers may drain; ``reset`` is called in
    the parent at SIGHUP, before the workers get theirs, and ``close`` before they
    are told to end, so that nothing listens but they.
    """

    def __init__(
        self,
        work: Work,
        workers: int,
        *,
        patience: Callable[[], float],
        reset: Callable[[], None],
        close: Callable[[], None],
    ) -> None:
        self._work = work
        self._slots = [_Slot(index) for index in range(workers)]
        self._patience = patience
        self._reset = reset
        self._close = close
        self._serving = mmap.mmap(-1, workers)  # shared: a worker sets its byte when it serves
        self._lifeline, self._workers_end = socket.socketpair()

    def start(self) -> int | None:
        """Starts the first worker and, once it serves, the others.

        Returns None when they run, or the exit status of a first worker that could
        not start (it has said why).
        """
        signal.signal(
            signal.SIGCHLD, signal.SIG_DFL
        )  # ignored, as some parents leave it, nobody could be waited for
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        first = self._slots[0]
        self._fork(first)
        while not self._serving[0]:
            info = signal.sigtimedwait(SIGNALS, _GLANCE)
            if info is not None and info.si_signo in (signal.SIGTERM, signal.SIGINT):
                return self._end(info.si_signo)
            if dead := self._dead():
                return max(dead[0][1], 1)
        for slot in self._slots[1:]:
            self._fork(slot)
        return None

    def run(self) -> int:
        """Supervises until SIGTERM (workers drain) or SIGINT (at once)."""
        while True:
            due = [slot.due for slot in self._slots if not slot.pid]
            info = signal.sigtimedwait(SIGNALS, max(0.0, min(due) - time.monotonic()) if due else 3600.0)
            if info is not None and info.si_signo in (signal.SIGTERM, signal.SIGINT):
                return self._end(info.si_signo)
            if info is not None and info.si_signo == signal.SIGHUP:
                self._reset()
                self._tell(signal.SIGHUP)
            for slot, code in self._dead():
                self._mourn(slot, code)
            for slot in self._slots:
                if not slot.pid and slot.due <= time.monotonic():
                    self._fork(slot)

    def _fork(self, slot: _Slot) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._serving[slot.index] = 0
        with warnings.catch_warnings():
            # eventlet warns before any fork; the child makes itself a hub of its own.
            warnings.filterwarnings("ignore", message="Using fork\\(\\) is a bad idea")
            pid = os.fork()
        if pid == 0:
            self._child(slot)
        slot.pid, slot.born = pid, time.monotonic()
        LOG.info("worker %d started", pid)

    def _child(self, slot: _Slot) -> None:
        status = 1
        try:
            self._lifeline.close()

            def ready() -> None:
                self._serving[slot.index] = 1

            status = self._work(ready, self._workers_end)
        except SystemExit as leave:
            status = leave.code if isinstance(leave.code, int) else 1
        except BaseException:
            LOG.exception("worker %d failed", os.getpid())
        finally:
            logging.shutdown()
            os._exit(status)  # nothing of the parent's unwinding may run twice

    def _dead(self) -> list[tuple[_Slot, int]]:
        """The workers that have ended since the last look, with their exit codes (minus the signal)."""
        found = []
        for slot in self._slots:
            if not slot.pid:
                continue
            pid, status = os.waitpid(slot.pid, os.WNOHANG)
            if pid:
                found.append((slot, os.waitstatus_to_exitcode(status)))
                slot.pid = 0
        return found

    def _mourn(self, slot: _Slot, code: int) -> None:
        """Says that a worker has ended and when the next one starts: later after each that died young."""
        lived = time.monotonic() - slot.born
        slot.deaths = slot.deaths + 1 if lived < _INFANCY else 1
        wait = min(_LONGEST_WAIT, 0.25 * 2.0**slot.deaths) if slot.deaths > 1 else 0.0
        slot.due = time.monotonic() + wait
        cause = f"by signal {-code}" if code < 0 else f"with status {code}"
        LOG.error("a worker ended %s after %.1f s; the next starts in %.1f s", cause, lived, wait)

    def _living(self) -> bool:
        self._dead()
        return any(slot.pid for slot in self._slots)

    def _tell(self, number: int) -> None:
        for slot in self._slots:
            if slot.pid:
                os.kill(slot.pid, number)  # ours until waited for, so the number cannot have been reused

    def _end(self, number: int) -> int:
        """Passes the signal on and waits; who does not end in time, or at a second signal, is killed."""
        self._close()
        self._tell(number)
        graceful = number == signal.SIGTERM
        deadline = time.monotonic() + (self._patience() if graceful else 0.0) + _MARGIN
        while self._living():
            info = signal.sigtimedwait(SIGNALS, max(0.0, deadline - time.monotonic()))
            if info is None or info.si_signo in (signal.SIGTERM, signal.SIGINT):
                LOG.error("workers that have not ended are killed")
                self._tell(signal.SIGKILL)
                deadline = time.monotonic() + _MARGIN
        return 0 if graceful else 128 + number
