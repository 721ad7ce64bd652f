"""Keeping a running lab: what goes into its file and when. Where the file fails, the lab goes on in memory.

A request is committed before it is acknowledged. What time brings (events, figures, how far it came) is committed with
the next request or once a second, whichever is first. Checkpoints are made by the work it would take to replay what
lies behind the last one, so that opening a lab after a crash takes no longer than that.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hvgui.cluster.events import Event
from hvgui.cluster.metrics import MetricsSample
from hvgui.engine.checkpoint import in_pieces, snapshot
from hvgui.engine.world import World
from hvgui.lab import history
from hvgui.lab.errors import LabError
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_lock import LabLock
from hvgui.requests.request import Request

COMMIT_SECONDS = 1.0
CHECKPOINT_WORK_SECONDS = 2.0
"""Engine time behind a checkpoint after which the next is made."""
CHECKPOINT_SECONDS = 60.0
"""Wall time after which one is made if anything has changed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Making:
    """A checkpoint in the making: of which moment, behind which command."""

    pieces: Iterator[bytes]
    time_ns: int
    command: int


class Keeper:
    """The lab file of a session and what waits to be written to it. Without a file, everything is forgotten."""

    def __init__(
        self, file: LabFile | None, lock: LabLock | None, clock: Callable[[], float], *, kept_ns: int = -1
    ) -> None:
        self._file = file
        self._lock = lock
        self._clock = clock
        self._events: list[Event] = []
        self._chunk = history.Chunk()
        self._committed_at = self._checkpoint_at = clock()
        self._kept_ns = self._checkpoint_ns = kept_ns
        self._commands_behind = 0
        self._work_behind = 0.0
        self._making: _Making | None = None
        self.failure: str | None = None
        """Why nothing is kept any more, as a sentence; told once by the session."""

    @property
    def keeps(self) -> bool:
        """Whether there is a file behind it."""
        return self._file is not None

    # What comes in

    def event(self, event: Event) -> None:
        """An event, to be written with the next commit."""
        if self._file is not None:
            self._events.append(event)

    def sample(self, sample: MetricsSample) -> None:
        """A row of the graphs' history."""
        if self._file is None:
            return
        self._chunk.add(sample)
        if self._chunk.is_full:
            self._attempt(self._write_chunk)

    def worked(self, seconds: float) -> None:
        """The engine has worked so long."""
        self._work_behind += seconds

    def command(self, time_ns: int, request: Request) -> int | None:
        """Puts an accepted request into the journal; gives its number, lasting only after `commit`."""
        self._commands_behind += 1
        number: list[int] = []
        self._attempt(lambda file: number.append(file.add_command(time_ns, request)))
        return number[0] if number else None

    # What is written when

    def commit(self, now_ns: int) -> bool:
        """Makes everything lasting. False: nothing is kept (any more)."""
        self._committed_at = self._clock()
        if self._file is None:
            return False
        self._kept_ns = now_ns
        return self._attempt(lambda file: self._write(file, now_ns))

    def keep_up(self, world: World, *, is_idle: bool) -> None:
        """Commits and makes checkpoints as they fall due; to be called between slices. Idle: before a long sleep."""
        if self._file is None:
            return
        if self._making is None and self._checkpoint_is_due(world):
            self._making = _Making(in_pieces(world), world.now_ns, self._file.last_command)
            self._begin_behind(world.now_ns)
        if self._making is not None:
            self._go_on_making(self._making)
        if world.now_ns != self._kept_ns and (is_idle or self._clock() - self._committed_at >= COMMIT_SECONDS):
            self.commit(world.now_ns)

    def checkpoint(self, world: World) -> bool:
        """Keeps the world as it is, at once, and commits."""
        self._making = None
        if self._file is None:
            return False
        making = _Making(iter((snapshot(world),)), world.now_ns, self._file.last_command)
        self._begin_behind(world.now_ns)
        return self._go_on_making(making) and self.commit(world.now_ns)

    def _begin_behind(self, now_ns: int) -> None:
        """From now on, counts what lies behind a checkpoint of this moment."""
        self._checkpoint_at = self._clock()
        self._checkpoint_ns, self._commands_behind, self._work_behind = now_ns, 0, 0.0

    def _go_on_making(self, making: _Making) -> bool:
        """One piece more; the last is written. False: it could not be."""
        data = next(making.pieces)
        if not data:
            return True
        self._making = None
        return self._attempt(lambda file: self._write_checkpoint(file, making, data))

    def forget_batch(self) -> None:
        """Lets go of what was not committed: its requests were never acknowledged."""
        self._events.clear()
        self._attempt(LabFile.roll_back)

    def move_to(self, path: Path, world: World, *, name: str, seed: int) -> None:
        """Goes on in a file at another path: a copy with all its past or, where there is none, a new one.

        Raises LabError; then everything stays as it was.
        """
        lock = LabLock.taken(path)
        if lock is None:
            raise LabError(f"The lab can't be saved as {path}: the file is in use, or its folder can't be written.")
        try:
            file = self._copied(path, world) if self._file is not None else _fresh(path, world, name=name, seed=seed)
        except LabError:
            lock.release()
            raise
        self._leave()
        self._file, self._lock, self.failure = file, lock, None

    def close(self, world: World | None) -> None:
        """Keeps the last moment (if the world is whole) and lets go of the file."""
        if world is not None and self._file is not None and self._has_moved(world):
            self.checkpoint(world)
        self._leave()

    def _copied(self, path: Path, world: World) -> LabFile:
        file = self._file
        if file is None or not self.checkpoint(world):
            raise LabError(self.failure or "The lab can't be saved.")
        file.copy_to(path)
        try:
            return LabFile.attach(path, branch=file.branch)
        except sqlite3.Error as error:
            raise LabError(f"The lab can't be saved as {path}: {error}.") from error

    def _has_moved(self, world: World) -> bool:
        return world.now_ns != self._checkpoint_ns or self._commands_behind > 0

    def _checkpoint_is_due(self, world: World) -> bool:
        if self._work_behind >= CHECKPOINT_WORK_SECONDS:
            return self._has_moved(world)
        return self._clock() - self._checkpoint_at >= CHECKPOINT_SECONDS and self._has_moved(world)

    def _write(self, file: LabFile, now_ns: int) -> None:
        if self._events:
            file.add_events(self._events)
        file.reach(now_ns)
        file.commit()
        self._events.clear()

    def _write_chunk(self, file: LabFile) -> None:
        chunk, self._chunk = self._chunk, history.Chunk()
        if chunk:
            file.add_samples(history.STEP_SECONDS, chunk.start_ns, len(chunk), chunk.packed())

    def _write_checkpoint(self, file: LabFile, making: _Making, data: bytes) -> None:
        self._write_chunk(file)
        file.add_checkpoint(making.time_ns, data, command=making.command)

    def _attempt(self, write: Callable[[LabFile], object]) -> bool:
        if self._file is None:
            return False
        try:
            write(self._file)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return False
        return True

    def _give_up(self, error: Exception) -> None:
        path = self._file.path if self._file is not None else Path()
        self.failure = (
            f"The lab file {path} can't be written ({error}). The lab goes on in memory; what was acknowledged up to"
            " now is kept. Clear the disk or save the lab under another name."
        )
        _log.warning("the lab goes on in memory: %s", error)
        self._events.clear()
        self._leave()

    def _leave(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.release()
        self._file = self._lock = None


def _fresh(path: Path, world: World, *, name: str, seed: int) -> LabFile:
    """A file that begins with the world as it is. What lay at the path is replaced once that is whole."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    file = LabFile.create(draft, name=name, seed=seed, start_ns=world.now_ns)
    try:
        file.add_checkpoint(world.now_ns, snapshot(world))
        file.commit()
        file.copy_to(path)
        return LabFile.attach(path, branch=1)
    except sqlite3.Error as error:
        raise LabError(f"The lab can't be saved as {path}: {error}.") from error
    finally:
        file.close()
        draft.unlink(missing_ok=True)
