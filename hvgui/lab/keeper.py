"""Keeping a running lab: what goes into its file and when. Where the file fails, the lab goes on in memory, with a copy
of all that it had kept, so that its past stays reachable and saving it elsewhere loses nothing.

A request is committed before it is acknowledged. What time brings (events, figures, how far it came) is committed with
the next request or once a second, whichever is first. Checkpoints are made by the work it would take to replay what
lies behind the last one, so that opening a lab after a crash takes no longer than that.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hvgui.cluster.events import Event
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine.checkpoint import in_pieces, snapshot
from hvgui.engine.world import World
from hvgui.lab import history
from hvgui.lab.errors import LabError
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_lock import LabLock
from hvgui.lab.lines import NO_LIMIT
from hvgui.lab.vm_history import VmChunk
from hvgui.requests.request import Request

COMMIT_SECONDS = 1.0
CHECKPOINT_WORK_SECONDS = 0.2
"""Engine time behind a checkpoint after which the next is made: what going back may have to do again."""
WORK_FOR_CHECKPOINT = 6.0
"""Engine time for each second that a checkpoint takes to make, at least: of 8,000 VMs one takes a tenth of a second."""
CHECKPOINT_SECONDS = 60.0
"""Wall time after which one is made if anything has changed."""

_FAILURES = (sqlite3.Error, OSError, LabError, ValueError, TypeError, OverflowError)
"""Of the disk, and of rows that a stranger's file may hold: neither may stop the engine."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Making:
    """A checkpoint in the making: of which moment, behind which command."""

    pieces: Iterator[bytes]
    time_ns: int
    command: int
    work_seconds: float


class _Rows:
    """Rows of the graphs' history, equally far apart, that are being gathered: of the nodes, and of each VM."""

    def __init__(self) -> None:
        self.nodes = history.Chunk()
        self.vms = VmChunk()
        self.end_ns = -1
        """The moment of the last row; below 0: there is none."""


@dataclass(frozen=True)
class _Asked:
    """A command of the batch that is not committed yet."""

    time_ns: int
    request: Request
    title: str


class Keeper:
    """The lab file of a session and what waits to be written to it. Without a file, everything is forgotten."""

    def __init__(
        self, file: LabFile | None, lock: LabLock | None, clock: Callable[[], float], *, kept_ns: int = -1
    ) -> None:
        self._file = file
        self._lock = lock
        self.path = file.path if file is not None else Path()
        """Where the lab lies, or lay before its file failed."""
        self._clock = clock
        self._events: list[Event] = []
        self._batch: list[_Asked] = []
        self._fine, self._coarse = _Rows(), _Rows()
        self._committed_at = self._checkpoint_at = clock()
        self._kept_ns = self._checkpoint_ns = kept_ns
        self._commands_behind = 0
        self._work_behind = 0.0
        self._making: _Making | None = None
        self._checkpoint_cost_seconds = 0.0
        self.failure: str | None = None
        """Why nothing is kept any more, as a sentence; told once by the session."""

    @property
    def keeps(self) -> bool:
        """Whether anything is kept, be it in memory."""
        return self._file is not None

    @property
    def lab(self) -> LabFile | None:
        """What is kept, for the engine thread to read; whoever writes to it goes through `record`."""
        return self._file

    @property
    def is_lasting(self) -> bool:
        """Whether what is kept outlives the session."""
        return self._file is not None and self._file.is_lasting

    # What comes in

    def event(self, event: Event) -> None:
        """An event, to be written with the next commit."""
        if self._file is not None:
            self._events.append(event)

    def sample(self, sample: MetricsSample) -> None:
        """A row of the graphs' history, of the lived branch's present."""
        if self._file is None:
            return
        since_ns = sample.time_ns - self._fine.end_ns if self._fine.end_ns >= 0 else NO_LIMIT
        if history.is_due(sample.time_ns) or since_ns >= history.FINEST_SECONDS * NANOSECONDS:
            self._take_row(history.FINE_SECONDS, self._fine, sample)
        if history.is_coarse(sample.time_ns):
            self._take_row(history.COARSE_SECONDS, self._coarse, sample)

    def _take_row(self, step_seconds: int, rows: _Rows, sample: MetricsSample) -> None:
        if sample.time_ns <= rows.end_ns:
            return
        rows.end_ns = sample.time_ns
        rows.nodes.add(sample)
        rows.vms.add(sample)
        for chunk in (rows.nodes, rows.vms):
            if chunk.is_full:
                self._attempt(partial(_add_samples, step_seconds=step_seconds, chunk=chunk))
                if step_seconds == history.FINE_SECONDS:
                    self._attempt(partial(_forget_samples, step_seconds=step_seconds, end_ns=chunk.end_ns))
        if rows.nodes.is_full:
            rows.nodes = history.Chunk()
        if rows.vms.is_full:
            rows.vms = VmChunk()

    def flush_samples(self) -> None:
        """Writes down what rows there are, so that they can be read back."""
        for step_seconds, rows in ((history.FINE_SECONDS, self._fine), (history.COARSE_SECONDS, self._coarse)):
            for chunk in (rows.nodes, rows.vms):
                if chunk:
                    self._attempt(partial(_add_samples, step_seconds=step_seconds, chunk=chunk))

    def worked(self, seconds: float) -> None:
        """The engine has worked so long."""
        self._work_behind += seconds

    def command(self, time_ns: int, request: Request, title: str) -> int | None:
        """Puts an accepted request into the journal; gives its number, lasting only after `commit`."""
        self._commands_behind += 1
        self._batch.append(_Asked(time_ns, request, title))
        number: list[int] = []
        if not self._attempt(lambda file: number.append(file.add_command(time_ns, request, title))):
            # Where it went on in memory, the whole batch has been put into the journal there.
            return self._file.last_command if self._file is not None else None
        return number[0]

    def record(self, write: Callable[[LabFile], object]) -> bool:
        """Writes what concerns the branches, and commits it with all that came before.

        True: it is done, be it in memory. False: nothing is kept, or it could not be written and is not done.
        """
        if self._file is None or not self.commit(None):
            return False

        def written(file: LabFile) -> None:
            write(file)
            file.commit()

        return self._attempt(written) or (self.keeps and self._attempt(written))

    def keep_present(self, world: World) -> None:
        """Keeps the present before it is left: it will be come back to."""
        if self._has_moved(world):
            self.checkpoint(world)
        else:
            self.commit(world.now_ns)

    def begin_at(self, world: World) -> None:
        """Goes on at another world: what is counted behind checkpoints and gathered for the graphs begins anew."""
        self._making = None
        self._fine, self._coarse = _Rows(), _Rows()
        self._kept_ns = world.now_ns
        self._begin_behind(world.now_ns)

    # What is written when

    def commit(self, now_ns: int | None) -> bool:
        """Puts everything into the file; `now_ns`: how far time has come, None where that is not to be noted.

        False: nothing is kept.
        """
        self._committed_at = self._clock()
        if self._file is None:
            return False
        if now_ns is not None:
            self._kept_ns = now_ns
        return self._attempt(lambda file: self._write(file, now_ns)) or self._file is not None

    def keep_up(self, world: World, *, is_idle: bool) -> None:
        """Commits and makes checkpoints as they fall due; to be called between slices. Idle: before a long sleep."""
        if self._file is None:
            return
        if self._making is None and self._checkpoint_is_due(world):
            self._making = self._made(in_pieces(world), world)
        if self._making is not None:
            self._go_on_making(self._making)
        if world.now_ns != self._kept_ns and (is_idle or self._clock() - self._committed_at >= COMMIT_SECONDS):
            self.commit(world.now_ns)

    def checkpoint(self, world: World) -> bool:
        """Keeps the world as it is, at once, and commits.

        Not where something is undone: then the present lies on the way to a state that is kept already, maybe before
        the branch even begins.
        """
        self._making = None
        if self._file is None:
            return False
        if self._file.undone:
            return self.commit(None)
        is_kept = self._go_on_making(self._made(iter((snapshot(world),)), world))
        return self.commit(world.now_ns) and is_kept

    def _made(self, pieces: Iterator[bytes], world: World) -> _Making:
        command = self._file.last_command if self._file is not None else 0
        making = _Making(pieces, world.now_ns, command, self._work_behind)
        self._begin_behind(world.now_ns)
        return making

    def _begin_behind(self, now_ns: int) -> None:
        """From now on, counts what lies behind a checkpoint of this moment."""
        self._checkpoint_at = self._clock()
        self._checkpoint_ns, self._commands_behind, self._work_behind = now_ns, 0, 0.0

    def _go_on_making(self, making: _Making) -> bool:
        """One piece more; the last is written. False: it could not be."""
        began = time.thread_time()
        data = next(making.pieces)
        if not data:
            return True
        self._making = None
        is_kept = self._attempt(lambda file: self._write_checkpoint(file, making, data))
        self._checkpoint_cost_seconds = time.thread_time() - began
        return is_kept

    def forget_batch(self) -> None:
        """Lets go of what was not committed: its requests were never acknowledged."""
        self._events.clear()
        self._batch.clear()
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
        self._file, self._lock, self.path, self.failure = file, lock, path, None

    def close(self, world: World | None) -> None:
        """Keeps the last moment (if the world is whole) and lets go of the file."""
        if world is not None and self._file is not None and self._has_moved(world):
            self.checkpoint(world)
        self._leave()

    def _copied(self, path: Path, world: World) -> LabFile:
        # Should the file fail over this, what went on in memory is copied.
        if not (self.checkpoint(world) or self.checkpoint(world)) or self._file is None:
            raise LabError(self.failure or "The lab can't be saved.")
        file = self._file
        file.copy_to(path)
        try:
            return LabFile.attach(path, branch=file.branch)
        except sqlite3.Error as error:
            raise LabError(f"The lab can't be saved as {path}: {error}.") from error

    def _has_moved(self, world: World) -> bool:
        return world.now_ns != self._checkpoint_ns or self._commands_behind > 0

    def _checkpoint_is_due(self, world: World) -> bool:
        if self._file is not None and self._file.undone:
            return False
        if self._work_behind >= max(CHECKPOINT_WORK_SECONDS, WORK_FOR_CHECKPOINT * self._checkpoint_cost_seconds):
            return self._has_moved(world)
        return self._clock() - self._checkpoint_at >= CHECKPOINT_SECONDS and self._has_moved(world)

    def _write(self, file: LabFile, now_ns: int | None) -> None:
        if self._events:
            file.add_events(self._events)
        if now_ns is not None and not file.undone:
            file.reach(now_ns)
        file.commit()
        self._events.clear()
        self._batch.clear()

    def _write_checkpoint(self, file: LabFile, making: _Making, data: bytes) -> None:
        self.flush_samples()
        file.add_checkpoint(making.time_ns, data, command=making.command, work_seconds=making.work_seconds)

    def _attempt(self, write: Callable[[LabFile], object]) -> bool:
        """Whether it could be written where it was kept so far. If not, the lab has gone on in memory."""
        if self._file is None:
            return False
        try:
            write(self._file)
        except _FAILURES as error:
            self._give_up(self._file, error)
            return False
        return True

    def _give_up(self, file: LabFile, error: Exception) -> None:
        self.failure = (
            f"The lab file {file.path} can't be written ({error}). The lab goes on in memory; what was acknowledged"
            " up to now is kept. Clear the disk or save the lab under another name."
        )
        _log.warning("the lab goes on in memory: %s", error)
        memory = self._remembered(file) if file.is_lasting else None
        self._leave()
        self._file, self._kept_ns = memory, -1

    def _remembered(self, file: LabFile) -> LabFile | None:
        """All that the failing file has, and what was under way to it, in memory; None where that fails, too."""
        try:
            file.roll_back()
            memory = LabFile.in_memory(file.connection, file.path, branch=file.branch)
            for asked in self._batch:
                memory.add_command(asked.time_ns, asked.request, asked.title)
            memory.add_events(self._events)
            memory.commit()
        except _FAILURES as error:
            _log.warning("nothing of the lab file could be taken over: %s", error)
            memory = None
        self._events.clear()
        self._batch.clear()
        return memory

    def _leave(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.release()
        self._file = self._lock = None


def _add_samples(file: LabFile, step_seconds: int, chunk: history.Chunk | VmChunk) -> None:
    file.add_samples(step_seconds, chunk)


def _forget_samples(file: LabFile, step_seconds: int, end_ns: int) -> None:
    file.forget_samples(step_seconds, end_ns - history.FINE_AGE_NS)


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
