"""Processes that work for one run after another, a value at a time each; results come in the order of the values."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from extractor.errors import ExtractorError
from extractor.worker import Worker

V = TypeVar("V")
R = TypeVar("R")
_AHEAD = 4


class Crew:
    """So many processes, each of which loads what its task needs once; none: the work is done in this process."""

    def __init__(self, task: Callable[[Any], Any], count: int) -> None:
        self._task = task
        self._workers = [Worker(task) for _ in range(count)]
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    @property
    def processes(self) -> list[int]:
        """The numbers of the processes that are at work."""
        return [number for worker in self._workers if (number := worker.number)]

    def run(self, value: Any) -> Any:
        """Return what the task makes of a value; WorkEnded where the value ends the process that has it."""
        if not self._workers:
            return self._task(value)
        with self._one() as worker:
            return worker.run(value)

    def map(self, task: Callable[[V], R], values: Iterable[V]) -> Iterator[R]:
        """Yield what another task makes of each value; what it raises of ours or of the disk is raised here."""
        if not self._workers:
            return map(task, values)

        def one(value: V) -> R:
            with self._one() as worker:
                result, error = worker.run(value, task=partial(_tried, task), seconds=0)
            if error is not None:
                raise error
            done: R = result
            return done

        return self.in_order(one, values)

    def in_order(self, ask: Callable[[V], R], values: Iterable[V]) -> Iterator[R]:
        """Yield answers in the order of the values, asked in as many threads as there are processes; no more values are held
        than a few for each."""
        if not self._workers:
            yield from map(ask, values)
            return
        waiting: deque[Future[R]] = deque()
        with ThreadPoolExecutor(len(self._workers)) as threads:
            try:
                for value in values:
                    waiting.append(threads.submit(ask, value))
                    if len(waiting) > _AHEAD * len(self._workers):
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            except BaseException:
                for worker in self._workers:  # so that no thread waits for an answer when the run is broken off
                    worker.stop()
                raise

    @contextmanager
    def _one(self) -> Iterator[Worker]:
        worker = self._idle.get()
        try:
            yield worker
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()


def _tried(task: Callable[[V], R], value: V) -> tuple[R | None, Exception | None]:
    try:
        return task(value), None
    except (ExtractorError, OSError) as error:
        return None, error
