"""Duckling in a process of its own, for the benchmarks that have it read beside ours.

On some sentences ("42 tỷ 500 triệu đồng (đến hết tháng 7 giải ngân 47%), trong đó kè Tam Thanh 18 tỷ; …") it takes all the memory
of the machine and does not come back. Its process is then ended and the sentence left out, for which it is charged nothing.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

MOST_MB = 2_000
DIMENSIONS = ["amount-of-money", "number", "time", "duration", "distance", "quantity", "ordinal"]


def _serve(channel: Connection) -> None:
    """Answer each sentence with what Duckling finds and the seconds of the processor that it took."""
    import duckling

    zones = duckling.load_time_zones("/usr/share/zoneinfo")
    moment = duckling.parse_ref_time(zones, "Asia/Ho_Chi_Minh", 1_700_000_000)
    context = duckling.Context(moment, duckling.parse_locale("VI_XX", duckling.default_locale_lang(duckling.parse_lang("VI"))))
    dimensions = duckling.parse_dimensions(DIMENSIONS)
    with contextlib.suppress(EOFError):  # the benchmark has ended
        while True:
            sentence = channel.recv()
            began = time.process_time()
            found = duckling.parse(sentence, context, dimensions, False)
            channel.send((found, time.process_time() - began))


class Duckling:
    """Reads sentences; `seconds` of the processor so far, `left_out` are those that it did not come back from."""

    def __init__(self) -> None:
        """Start it; ModuleNotFoundError where it is not installed."""
        import duckling  # noqa: F401

        self.seconds = 0.0
        self.left_out: list[str] = []
        self._start()

    def _start(self) -> None:
        self._channel, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()

    def __call__(self, sentence: str) -> list[dict[str, Any]]:
        """Return what it finds in a sentence."""
        self._channel.send(sentence)
        while not self._channel.poll(0.05):
            if self._resident() > MOST_MB:
                self._process.kill()
                self._process.join()
                self.left_out.append(sentence)
                self._start()
                return []
        found, seconds = self._channel.recv()
        self.seconds += seconds
        return list(found)

    def _resident(self) -> int:
        lines = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii").splitlines()
        return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS")), 0)

    def told(self) -> str | None:
        """Return what a report says of the sentences left out; None where there are none."""
        return f"Duckling: {len(self.left_out)} sentence(s) left out, on which it took more than {MOST_MB:,} MB" if self.left_out else None
