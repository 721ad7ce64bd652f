"""Whether a lab is what its journal says: every branch replayed, every state and event on the way compared."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from hvgui.cluster.events import Event
from hvgui.cluster.units import format_clock
from hvgui.engine import checkpoint, run
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.lab import lines
from hvgui.lab.errors import DamagedLabError, LabError
from hvgui.lab.lab_reading import Command, commands_of, event_of, kept_on, opened, told_of
from hvgui.lab.lived_by import older_checkpoints
from hvgui.lab.packed_world import unpacked
from hvgui.lab.replay import world_of
from hvgui.lab.state_comparison import first_difference, same_event


class BranchVerified(msgspec.Struct, frozen=True):
    """A branch that has been replayed, as far as it agreed."""

    id: int
    name: str
    commands: int
    checkpoints: int
    events: int
    last_ns: int


class Verification(msgspec.Struct, frozen=True):
    """A lab that has been replayed."""

    path: str
    agrees: bool
    difference: str | None
    """The first difference, as a sentence."""
    branches: tuple[BranchVerified, ...]
    other_numpy: str | None = None
    """The numpy that has lived this lab too, where it is not the one at hand: then moments were compared to the
    microsecond and figures to a billionth part, not bit by bit."""
    other_engine: bool = False
    """Whether another version's engine has lived a part of it, which can't be replayed and was not compared."""


class _DifferenceError(Exception):
    """A replay that comes to something else than is kept."""


Watcher = Callable[[int, int, str], None]
"""Called with how many branches are done, how many there are, and where the replay is."""


def verify(path: Path, watcher: Watcher | None = None) -> Verification:
    """Replays all branches of a lab and compares. Raises LabError where the file can't be read at all."""
    found: list[BranchVerified] = []
    with opened(path) as connection:
        numbers = [
            (int(number), str(name))
            for number, name in connection.execute("SELECT number, name FROM branch ORDER BY number")
        ]
        if not numbers:
            raise DamagedLabError(f"{path} is damaged: it has no branch.")
        other, older = _other_numpy(connection), older_checkpoints(connection)
        for place, (number, name) in enumerate(numbers):
            if watcher is not None:
                watcher(place, len(numbers), name)
            try:
                with told_of(path):
                    found.append(_Replay(connection, path, number, name, to_the_bit=other is None, older=older).run())
            except _DifferenceError as difference:
                return Verification(str(path), False, f"Branch {name}: {difference}", tuple(found), other, bool(older))
            except LabError as error:
                sentence = f"Branch {name} can't be replayed: {error}"
                return Verification(str(path), False, sentence, tuple(found), other, bool(older))
    return Verification(str(path), True, None, tuple(found), other, bool(older))


def _other_numpy(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT value FROM lab WHERE key = 'numpy'").fetchone()
    others = [one for one in str(row[0])[:200].split() if one != np.__version__] if row is not None else []
    return ", ".join(others) or None


class _Replay:
    """One branch, from where it leaves its parent (or from its first state) to its end."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, branch: int, name: str, *, to_the_bit: bool, older: int
    ) -> None:
        self._connection = connection
        self._older = older
        """The number of the last checkpoint that another engine has made."""
        self._first_event = 0
        self._to_the_bit = to_the_bit
        self._name = name
        self._is_other = False
        """Whether the replay is in a part that another engine has lived."""
        self._line = lines.line_of(connection, branch)
        self._own = self._line[0]
        self._sink = Recorder()
        self._world, self._behind = self._beginning(path)
        self._commands = 0
        self._checkpoints = 0

    def run(self) -> BranchVerified:
        """Raises _DifferenceError at the first difference, LabError where a command can't be repeated."""
        commands = commands_of(self._connection, (self._own,), self._behind, self._world.now_ns)
        waiting: Command | None = next(commands, None)
        for number, time_ns, command, size_bytes, packed in self._kept_checkpoints():
            if self._is_other:
                while waiting is not None and waiting.number <= command:
                    waiting = next(commands, None)
                self._begin_at(unpacked(packed, int(size_bytes)), is_other=number <= self._older)
                continue
            while waiting is not None and waiting.number <= command:
                self._apply(waiting)
                waiting = next(commands, None)
            self._compare(int(time_ns), unpacked(packed, int(size_bytes)))
        if self._is_other:
            return self._verified()
        for one in itertools.chain([waiting] if waiting is not None else [], commands):
            self._apply(one)
        self._advance(max(self._own.until_ns, self._world.now_ns))
        self._compare_events()
        return self._verified()

    def _begin_at(self, kept: bytes, *, is_other: bool) -> None:
        """What lies before this state another engine has lived: nothing of it is compared."""
        self._world, self._sink, self._is_other = checkpoint.restore(kept), Recorder(), is_other
        self._first_event = self._world.last_event + 1

    def _verified(self) -> BranchVerified:
        return BranchVerified(
            self._own.branch,
            self._name,
            self._commands,
            self._checkpoints,
            len(self._sink.events),
            self._world.now_ns,
        )

    def _beginning(self, path: Path) -> tuple[World, int]:
        """The world at which the branch begins, and the command it lies behind."""
        if len(self._line) > 1:
            parents = lines.clipped(self._line[1:], last_command=self._own.behind_command, until_ns=self._own.start_ns)
            kept = kept_on(self._connection, parents, until_ns=self._own.start_ns)
            self._is_other = kept.is_older
            return world_of(kept.at_checkpoint() if kept.is_older else kept, path), self._own.behind_command
        row = self._connection.execute(
            "SELECT number, command, size_bytes, world FROM checkpoint WHERE branch = ?"
            " ORDER BY time_ns, command, number LIMIT 1",
            (self._own.branch,),
        ).fetchone()
        if row is None:
            raise LabError("it holds no state of the cluster.")
        self._is_other = int(row[0]) <= self._older
        return checkpoint.restore(unpacked(row[3], int(row[2]))), int(row[1])

    def _kept_checkpoints(self) -> Iterator[tuple[Any, ...]]:
        # Read one by one: a week's states together would take more memory than a lab should.
        numbers = self._connection.execute(
            "SELECT number FROM checkpoint WHERE branch = ? ORDER BY time_ns, command, number", (self._own.branch,)
        ).fetchall()
        for (number,) in numbers:
            yield self._connection.execute(
                "SELECT number, time_ns, command, size_bytes, world FROM checkpoint WHERE number = ?", (number,)
            ).fetchone()

    def _apply(self, command: Command) -> None:
        self._advance(command.time_ns)
        outcome = run.apply(self._world, command.request, self._sink)
        if not outcome.accepted:
            reasons = " ".join(str(problem) for problem in outcome.problems)
            raise _DifferenceError(
                f"command {command.number} ({command.title}) is refused when it is repeated: {reasons}"
            )
        self._advance(self._world.now_ns)
        self._commands += 1

    def _advance(self, until_ns: int) -> None:
        if until_ns < self._world.now_ns:
            raise LabError(f"a state or command lies before {format_clock(self._world.now_ns)}, which it follows.")
        run.advance_to(self._world, until_ns, self._sink)

    def _compare(self, time_ns: int, kept: bytes) -> None:
        self._advance(time_ns)
        difference = first_difference(kept, checkpoint.snapshot(self._world), to_the_bit=self._to_the_bit)
        if difference is not None:
            raise _DifferenceError(f"at {format_clock(time_ns)}, {difference}")
        if not self._to_the_bit:
            # Goes on from what is kept: so last digits do not add up over a long lab.
            self._world = checkpoint.restore(kept)
        self._checkpoints += 1

    def _compare_events(self) -> None:
        rows = self._connection.execute(
            "SELECT branch, serial, time_ns, level, code, message, vm, node, task, checksum FROM event"
            " WHERE branch = ? AND serial >= ? ORDER BY serial",
            (self._own.branch, self._first_event),
        )
        kept = (event_of(row) for row in rows)
        for one, other in itertools.zip_longest(kept, self._sink.events):
            if not same_event(one, other, to_the_bit=self._to_the_bit):
                raise _DifferenceError(_event_difference(one, other))


def _event_difference(kept: Event | None, replayed: Event | None) -> str:
    if kept is None and replayed is not None:
        return f"the replay brings an event at {format_clock(replayed.time_ns)} that is not kept: {replayed.message}"
    if replayed is None and kept is not None:
        return f"an event at {format_clock(kept.time_ns)} does not come when it is replayed: {kept.message}"
    if kept is None or replayed is None:
        return "there is no event"
    return (
        f"event {kept.serial} at {format_clock(kept.time_ns)} is '{kept.message}', replayed at"
        f" {format_clock(replayed.time_ns)} '{replayed.message}'"
    )
