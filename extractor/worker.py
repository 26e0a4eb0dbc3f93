"""A process of its own that can be ended: work that hangs, takes all memory or crashes costs that piece of work alone.

Parsers and patterns run in C, where no exception reaches them; only the end of their process stops them. The process sets
itself an alarm before each piece, so that it ends also when nobody waits for it any more. Unix only.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import IO, Any, cast

from extractor.errors import ExtractorError

# A page takes well under a second; the first one in a process waits some seconds for the models.
SECONDS = 60.0
# Addresses, not memory in use: libraries set aside much that they never touch.
ADDRESSES = 8 * 2**30
_NO_MEMORY = 71
_REASONS = {-signal.SIGALRM: "too_slow", _NO_MEMORY: "too_much_memory"}
_LENGTH = struct.Struct("<Q")
_LIMIT = struct.Struct("<d")


class WorkEnded(ExtractorError):
    """The process was ended by a piece of work: `reason` is too_slow, too_much_memory or crashed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"a process was ended by its work: {reason}")
        self.reason = reason


class Worker:
    """Calls one function of a module with one value after another, in a process that is begun anew where it ends."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        self._begin = pickle.dumps(task)
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self, value: Any, *, task: Callable[[Any], Any] | None = None, seconds: float | None = None) -> Any:
        """Return what the task, or another one, makes of a value; WorkEnded where that ends the process, or takes longer
        than a page may, or so many seconds (0: as long as it takes)."""
        message = _LIMIT.pack(SECONDS if seconds is None else seconds) + pickle.dumps((value, task), 5)
        for _ in range(2):
            process = self._process = self._process or self._start()
            try:
                _write(_stdin(process), message)
                fine, result = pickle.loads(_read(_stdout(process)))  # noqa: S301  written by our own process
            except (EOFError, BrokenPipeError):
                self._process = None
                if reason := _REASONS.get(_let_go(process)):
                    raise WorkEnded(reason) from None
                continue  # once more: it may have been ended from outside
            if not fine:
                raise RuntimeError(f"in a process of its own:\n{result}")
            return result
        raise WorkEnded("crashed")

    @property
    def number(self) -> int | None:
        """The number of the process, None where none was begun."""
        return self._process.pid if self._process else None

    def stop(self) -> None:
        """End the process, whatever it does; who waits for its answer gets an ExtractorError."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process and let go of it; nobody may wait for its answer any more."""
        self.stop()
        if self._process is not None:
            _let_go(self._process)
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        if self._stopped:
            raise ExtractorError("the run was ended")
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from extractor.worker import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            _write(_stdin(process), self._begin)
            _read(_stdout(process))
        except (EOFError, BrokenPipeError) as error:
            code = _let_go(process)
            raise ExtractorError(f"a process that reads pages does not start (exit code {code}); see what it printed above") from error
        return process


def serve() -> None:
    """Answer what a Worker asks, on standard input and output, until it asks no more."""
    questions, answers = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the work prints must not reach the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError):  # macOS sets no such limit
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES if most < 0 else min(ADDRESSES, most), most))
    task = pickle.loads(_read(questions))  # noqa: S301  written by our own process
    _write(answers, b"ready")
    while True:
        try:
            question = _read(questions)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, *_LIMIT.unpack_from(question))  # to unpack the value is part of the work
        answer = _answer(task, question[_LIMIT.size :])
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(answers, answer)


def _answer(task: Callable[[Any], Any], question: bytes) -> bytes:
    import traceback

    try:
        value, other = pickle.loads(question)  # noqa: S301  written by our own process
        return pickle.dumps((True, (other or task)(value)), 5)
    except MemoryError:
        os._exit(_NO_MEMORY)
    except Exception:  # noqa: BLE001  raised again by the one who asked
        return pickle.dumps((False, traceback.format_exc()))


def _write(file: IO[bytes], message: bytes) -> None:
    file.write(_LENGTH.pack(len(message)) + message)
    file.flush()


def _read(file: IO[bytes]) -> bytes:
    head = file.read(_LENGTH.size)
    message = file.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if len(head) < _LENGTH.size or len(message) < _LENGTH.unpack(head)[0]:
        raise EOFError
    return message


def _let_go(process: subprocess.Popen[bytes]) -> int:
    code = process.wait()
    with contextlib.suppress(BrokenPipeError):  # a question that was not taken
        _stdin(process).close()
    _stdout(process).close()
    return code


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", process.stdin)


def _stdout(process: subprocess.Popen[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", process.stdout)
