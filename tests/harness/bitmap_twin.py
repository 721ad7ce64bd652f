"""The page-exact twin of the pre-copy: one bit a page, walked and written page by page.

It shares no line with the model that it judges. The sender goes through the bitmap from its cursor, round and round;
the writer's pages go to a log that joins the bitmap at a gathering.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

PAGE_WIRE_BYTES = 4104
PAGE_BYTES = 4096


@dataclass
class TwinWriter:
    """One habit of writing: so many pages from `first`, in turn from `place` on, or anywhere."""

    first: int
    pages: int
    pages_per_second: float
    cyclic: bool
    place: float = 0.0

    def write(self, work_seconds: float, random: np.random.Generator) -> NDArray[np.int64]:
        """The pages that it writes in so much work."""
        if self.cyclic:
            end = self.place + self.pages_per_second * work_seconds
            written = np.arange(math.ceil(self.place), math.ceil(end))[: self.pages] % self.pages
            self.place = end % self.pages
        else:
            count = int(random.poisson(self.pages_per_second * work_seconds))
            written = random.integers(0, self.pages, count)
        return written + self.first


@dataclass
class BitmapTwin:
    """A guest of `pages` with its writers."""

    pages: int
    writers: list[TwinWriter]
    random: np.random.Generator
    dirty: NDArray[np.bool_] = field(init=False)
    cursor: int = 0

    def __post_init__(self) -> None:
        self.dirty = np.ones(self.pages, dtype=np.bool_)

    def send(self, count: int) -> int:
        """Send the next `count` dirty pages of the walk; returns how many there were."""
        ahead = np.flatnonzero(self.dirty[self.cursor :]) + self.cursor
        behind = np.flatnonzero(self.dirty[: self.cursor])
        sent = np.concatenate((ahead, behind))[:count]
        self.dirty[sent] = False
        if len(sent):
            self.cursor = int(sent[-1]) + 1
        return len(sent)

    def gather(self, work_seconds: float) -> None:
        """Join what the guest has written in so much work."""
        for writer in self.writers:
            self.dirty[writer.write(work_seconds, self.random)] = True

    def rest_pages(self) -> int:
        """Dirty pages now."""
        return int(np.count_nonzero(self.dirty))


@dataclass(frozen=True)
class TwinOutcome:
    """How a whole migration of the twin went."""

    completed: bool
    seconds: float
    sent_bytes: int
    passes: int


def migrate_twin(
    twin: BitmapTwin, bytes_per_second: float, target_seconds: float, look_seconds: float, limit_seconds: float
) -> TwinOutcome:
    """QEMU's loop: send for one look, gather when the rest fits, stop when it still fits, else go on."""
    now = gathered = 0.0
    sent = passes = 0
    per_look = look_seconds * bytes_per_second / PAGE_WIRE_BYTES
    fits_below = bytes_per_second * target_seconds / PAGE_BYTES
    owed = 0.0
    while now < limit_seconds:
        owed += per_look
        count = twin.send(int(owed))
        now += count * PAGE_WIRE_BYTES / bytes_per_second
        sent += count
        owed -= int(owed)
        if twin.rest_pages() < fits_below:
            passes += 1
            twin.gather(now - gathered)
            gathered = now
            if twin.rest_pages() < fits_below:
                sent += twin.rest_pages()
                return TwinOutcome(True, now, sent * PAGE_WIRE_BYTES, passes)
    return TwinOutcome(False, now, sent * PAGE_WIRE_BYTES, passes)
