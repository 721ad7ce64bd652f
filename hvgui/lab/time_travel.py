"""Undo, rewind and branches: how the engine's loop comes to another moment of the lab's past, and goes on from there.

Every journey has the same course: the journal says which checkpoint and which commands lead to the place; whoever
carries it (a process beside the window) replays them; the loop, which hears nothing meanwhile, puts the world that
comes back in the place of its own, or beside it where the past is only looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from hvgui.cluster.events import Event
from hvgui.cluster.units import format_clock
from hvgui.engine import checkpoint
from hvgui.engine.world import World
from hvgui.lab import lab_branches, lines
from hvgui.lab.answers import failed, resolved
from hvgui.lab.chronicle import Chronicle, branch_marks
from hvgui.lab.errors import JourneyCancelledError, LabError
from hvgui.lab.figures import Packed, Table
from hvgui.lab.frames import Comparison, Opening, Receipt, Timeline
from hvgui.lab.journeys import Carried
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_reading import Kept, kept_at, last_events, told_of
from hvgui.lab.lines import NO_LIMIT, Place
from hvgui.lab.lived_by import older_checkpoints
from hvgui.lab.past_questions import bring_together, check_branch, draft_of, is_there, packed_up_to, side
from hvgui.lab.refusals import (
    BRANCH_IN_USE,
    CANCELLED,
    HAS_BRANCHES,
    IN_THE_PAST,
    NAME_TAKEN,
    NO_NAME,
    NOT_IN_THE_PAST,
    NOTHING_KEPT,
    NOTHING_TO_REDO,
    NOTHING_TO_UNDO,
    OLDER_ENGINE,
    READ_ONLY,
    STOPPED,
    TOO_DEEP,
    no_such_branch,
    unreachable,
)
from hvgui.lab.replay import world_of
from hvgui.requests.problems import Problem
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.lab.engine_loop import EngineLoop

_T = TypeVar("_T")
Carrier = Callable[[Callable[[Kept, Path], bytes], Kept, Path], Carried[bytes]]
"""Carries a journey out somewhere else: calls the function with the arguments behind it."""

_log = logging.getLogger(__name__)


def arrived(kept: Kept, path: Path) -> bytes:
    """The world at the end of a journey, as checkpoint bytes. Raises LabError."""
    if not kept.commands and kept.reached_ns == kept.checkpoint_ns:
        return kept.world
    return checkpoint.snapshot(world_of(kept, path))


def at_once(function: Callable[[Kept, Path], bytes], kept: Kept, path: Path) -> Carried[bytes]:
    """Carries a journey out while the caller waits."""
    done: Future[bytes] = Future()
    try:
        done.set_result(function(kept, path))
    except LabError as error:
        done.set_exception(error)
    return Carried(done)


@dataclass(frozen=True)
class _Journey:
    """A world on its way."""

    kept: Kept
    carried: Carried[bytes]
    land: Callable[[World], None]
    fail: Callable[[LabError], None]


class TimeTravel:
    """The past of a loop's lab. Belongs to the engine thread, as the loop does."""

    def __init__(self, loop: EngineLoop, carrier: Carrier, wake: Callable[[], None]) -> None:
        self._loop = loop
        self._carrier = carrier
        self._wake = wake
        self._journey: _Journey | None = None
        self._chronicle = Chronicle()
        self.past: World | None = None
        """The world of the past that is looked at; the loop's own is the present."""
        self._looking: Place | None = None
        self._is_news = False

    @property
    def is_under_way(self) -> bool:
        """Whether a world is on its way: the loop waits for it."""
        return self._journey is not None

    @property
    def fraction(self) -> float | None:
        """How far the world on its way has come, 0..1; None where there is none or nobody knows. From any thread."""
        journey = self._journey
        return None if journey is None else journey.carried.fraction()

    def cancel(self) -> None:
        """Calls the world on its way off, if there is one; everything stays as it was. From any thread."""
        journey = self._journey
        if journey is not None:
            journey.carried.cancel()

    def begin(self) -> None:
        """Reads the past for the first time."""
        self._read()

    def asked(self, number: int | None, time_ns: int, request: Request, title: str) -> None:
        """A command has come to the journal."""
        if number is not None:
            self._chronicle.add(number, time_ns, title, str(request.__struct_config__.tag))
            self._is_news = True

    def stands(self) -> None:
        """Time stands now: the timeline tells once more how far it has come."""
        self._is_news = True

    def news(self) -> Timeline | None:
        """The timeline, where it has changed since the last call in more than the moment of the present."""
        if not self._is_news:
            return None
        self._is_news = False
        return self._chronicle.timeline(self._loop.world.now_ns, self._looking)

    def part_from_undone(self) -> None:
        """Called before anything new happens: what is undone goes to a branch of its own."""
        lab = self._lab
        if lab is None or not lab.undone:
            return
        world = self._loop.world
        self._loop.keeper.record(lambda file: file.part(world.last_event))
        self._settle_down(world)

    # What is asked for

    def ask(self, step: Callable[[Future[_T]], None], answer: Future[_T]) -> None:
        """Carries out one of the steps below; where the lab's file fails it or makes no sense, the answer says so."""
        try:
            with told_of(self._loop.keeper.path):
                step(answer)
        except LabError as error:
            failed(answer, error)

    def undo(self, answer: Future[Receipt]) -> None:
        """See Session.undo."""
        self._step(answer, back=True)

    def redo(self, answer: Future[Receipt]) -> None:
        """See Session.redo."""
        self._step(answer, back=False)

    def _step(self, answer: Future[Receipt], *, back: bool) -> None:
        lab = self._changeable(answer)
        if lab is None:
            return
        if self.past is not None:
            answered(answer, Receipt(False, (IN_THE_PAST,)))
            return
        line = lines.line_of(lab.connection, lab.branch)
        below, above = lines.neighbours(lab.connection, line, lab.undone or NO_LIMIT)
        if back:
            undone = below
        elif lab.undone and above is not None:
            undone = lines.neighbours(lab.connection, line, above + 1)[1] or 0
        else:
            undone = None
        if undone is None:
            answered(answer, Receipt(False, (NOTHING_TO_UNDO if back else NOTHING_TO_REDO,)))
            return
        place = lines.before_command(lab.connection, line, undone) if undone else _end(lab, lab.branch)
        if _as_kept(lab, place) != place:
            answered(answer, Receipt(False, (OLDER_ENGINE,)))
            return
        self._leave_present()
        self._travel(place, partial(self._land_at, undone=undone, answer=answer), partial(_refuse, answer))

    def look_at(self, time_ns: int, branch: int | None, answer: Future[None]) -> None:
        """See Session.look_at."""
        lab = self._lab
        if lab is None or self._loop.has_crashed:
            failed(answer, LabError(str(STOPPED if self._loop.has_crashed else NOTHING_KEPT)))
            return
        if branch is not None and not is_there(lab, branch):
            failed(answer, LabError(str(no_such_branch(branch))))
            return
        self._leave_present()
        place = self._place_at(lab, time_ns, lab.branch if branch is None else branch)
        if place is None:
            self.return_to_present(answer)
            return
        place = _as_kept(lab, place)
        self._travel(place, partial(self._land_in_past, place=place, answer=answer), partial(failed, answer))

    def return_to_present(self, answer: Future[None]) -> None:
        """See Session.return_to_present."""
        if self.past is not None:
            self.past = self._looking = None
            self._show(self._loop.world)
        resolved(answer, None)

    def go_on_from_here(self, name: str, answer: Future[Receipt]) -> None:
        """See Session.go_on_from_here."""
        lab, past, place = self._changeable(answer), self.past, self._looking
        if lab is None:
            return
        if past is None or place is None:
            answered(answer, Receipt(False, (NOT_IN_THE_PAST,)))
            return
        line = lines.clipped(
            lines.line_of(lab.connection, place.branch), last_command=place.last_command, until_ns=place.time_ns
        )
        if len(line) >= lines.MOST_ANCESTORS or len(branch_marks(lab)) >= lines.MOST_BRANCHES:
            answered(answer, Receipt(False, (TOO_DEEP,)))
            return
        wanted = name.strip() or f"from {format_clock(place.time_ns)}"
        is_noted = self._loop.keeper.record(
            lambda file: file.add_branch(
                parent=line[0].branch, parent_command=place.last_command, start_ns=place.time_ns, name=wanted
            )
        )
        if not is_noted:
            answered(answer, Receipt(False, (NOTHING_KEPT,)))
            return
        self._settle_down(past)
        self._show(past)
        answered(answer, Receipt(True))

    def switch_to(self, branch: int, answer: Future[Receipt]) -> None:
        """See Session.switch_to."""
        lab = self._changeable(answer)
        if lab is None:
            return
        if not is_there(lab, branch):
            answered(answer, Receipt(False, (no_such_branch(branch),)))
            return
        if branch == lab.branch:
            self.return_to_present(Future())
            answered(answer, Receipt(True))
            return
        place = lines.present_of(lab.connection, branch)
        if _as_kept(lab, place) != place:
            answered(answer, Receipt(False, (OLDER_ENGINE,)))
            return
        self._leave_present()
        self._travel(place, partial(self._land_on_branch, branch=branch, answer=answer), partial(_refuse, answer))

    def rename_branch(self, branch: int, name: str, answer: Future[Receipt]) -> None:
        """See Session.rename_branch."""
        lab, name = self._changeable(answer), name.strip()[: lab_branches.MOST_NAME]
        if lab is None:
            return
        problem: Problem | None = None
        if not is_there(lab, branch):
            problem = no_such_branch(branch)
        elif not name:
            problem = NO_NAME
        elif lab_branches.free_name(lab.connection, name, but=branch) != name:
            problem = NAME_TAKEN
        self._rearrange(answer, problem, lambda file: file.rename_branch(branch, name))

    def delete_branch(self, branch: int, answer: Future[Receipt]) -> None:
        """See Session.delete_branch."""
        lab = self._changeable(answer)
        if lab is None:
            return
        problem: Problem | None = None
        if not is_there(lab, branch):
            problem = no_such_branch(branch)
        elif branch == lab.branch or (self._looking is not None and self._looking.branch == branch):
            problem = BRANCH_IN_USE
        elif lab_branches.has_branches(lab.connection, branch):
            problem = HAS_BRANCHES
        self._rearrange(answer, problem, lambda file: file.delete_branch(branch))

    def compare(self, asked: tuple[int, int | None, int, int | None], answer: Future[Comparison]) -> None:
        """See Session.compare; `asked`: a branch and a moment, twice."""
        lab = self._lab
        if lab is None:
            failed(answer, LabError(str(NOTHING_KEPT)))
            return
        self._leave_present(pause=False)
        first, second = (_as_kept(lab, side(lab, *one)) for one in (asked[:2], asked[2:]))
        path = self._loop.keeper.path
        worlds = [self._carrier(arrived, kept_at(lab.connection, one), path).future for one in (first, second)]
        bring_together(draft_of(lab, first, second), worlds, answer)

    def figures(
        self, from_ns: int, to_ns: int, branch: int | None, answer: Future[list[Packed]], *, table: Table = "sample"
    ) -> None:
        """The first part of Session.figures and Session.vm_figures: the chunks, still packed."""
        lab = self._lab
        if lab is None:
            resolved(answer, [])
            return
        self._loop.keeper.flush_samples()
        if branch is not None:
            check_branch(lab, branch)
            place = Place(branch, NO_LIMIT, NO_LIMIT)
        else:
            place = self._looking or Place(lab.branch, NO_LIMIT, self._loop.world.now_ns)
        resolved(answer, packed_up_to(lab, place, from_ns, to_ns, present_ns=self._loop.world.now_ns, table=table))

    # The journey

    def arrive(self) -> None:
        """Lands the world that was on its way, if it has come."""
        journey = self._journey
        if journey is None or not journey.carried.future.done():
            return
        self._journey = None
        try:
            world = checkpoint.restore(journey.carried.future.result())
        except LabError as error:
            journey.fail(error)
        except Exception as error:  # noqa: BLE001 - the process may have ended, or the bytes may make no sense
            _log.warning("a moment of the past can't be reached: %r", error)
            journey.fail(LabError(f"That moment can't be reached: {error}."))
        else:
            journey.land(world)

    def _travel(self, place: Place, land: Callable[[World], None], fail: Callable[[LabError], None]) -> None:
        lab = self._lab
        if lab is None:
            fail(LabError(str(NOTHING_KEPT)))
            return
        path = self._loop.keeper.path
        try:
            with told_of(path):
                kept = kept_at(lab.connection, place)
            carried = self._carrier(arrived, kept, path)
        except (LabError, RuntimeError) as error:
            fail(error if isinstance(error, LabError) else LabError(str(error)))
            return
        self._journey = _Journey(kept, carried, land, fail)
        carried.future.add_done_callback(lambda _: self._wake())

    def _land_at(self, world: World, *, undone: int, answer: Future[Receipt]) -> None:
        self._land(world, lambda file: file.set_undone(undone), answer)

    def _land_on_branch(self, world: World, *, branch: int, answer: Future[Receipt]) -> None:
        self._land(world, lambda file: file.live(branch), answer)

    def _land(self, world: World, write: Callable[[LabFile], object], answer: Future[Receipt]) -> None:
        """The world is the present from now on, if that can be noted in the lab."""
        if not self._loop.keeper.record(write):
            answered(answer, Receipt(False, (NOTHING_KEPT,)))
            return
        self._loop.keeper.begin_at(world)
        self._become(world)
        self._show(world)
        answered(answer, Receipt(True))

    def _land_in_past(self, world: World, *, place: Place, answer: Future[None]) -> None:
        # Of a file that asks for more time than anybody waits for, the world may have come less far.
        self.past, self._looking = world, replace(place, time_ns=world.now_ns)
        self._show(world)
        resolved(answer, None)

    def _become(self, world: World) -> None:
        self._loop.world = world
        self.past = self._looking = None

    def _settle_down(self, world: World) -> None:
        """The present is from now on a place where the lab's file has just begun another stretch."""
        self._loop.keeper.begin_at(world)
        self._loop.keeper.checkpoint(world)
        self._become(world)
        self._read()

    def _show(self, world: World) -> None:
        """Tells whoever watches that another world is there now."""
        self._read()
        self._loop.show(Opening(world.cluster.record(), world.now_ns, self._events(world), self._loop.name))

    def _events(self, world: World) -> tuple[Event, ...]:
        lab = self._lab
        if lab is None:
            return ()
        branch = lab.branch if self._looking is None else self._looking.branch
        try:
            with told_of(self._loop.keeper.path):
                line = lines.clipped(lines.line_of(lab.connection, branch), until_ns=world.now_ns)
                return tuple(one for one in last_events(lab.connection, line) if one.serial <= world.last_event)
        except LabError as error:
            _log.warning("events can't be read: %s", error)
            return ()

    # What stands in the way

    @property
    def _lab(self) -> LabFile | None:
        return self._loop.keeper.lab

    def _changeable(self, answer: Future[Receipt]) -> LabFile | None:
        """The lab, if its past may be rearranged; otherwise the answer says why not."""
        lab = self._lab
        problem = STOPPED if self._loop.has_crashed else READ_ONLY if self._loop.is_read_only else NOTHING_KEPT
        if lab is None or self._loop.has_crashed or self._loop.is_read_only:
            answered(answer, Receipt(False, (problem,)))
            return None
        return lab

    def _leave_present(self, *, pause: bool = True) -> None:
        """Keeps the present, so that it is there to come back to."""
        if pause:
            self._loop.pause()
        if self.past is None:
            self._loop.settle()
            self._loop.keeper.keep_present(self._loop.world)

    def _place_at(self, lab: LabFile, time_ns: int, branch: int) -> Place | None:
        """The place of a moment on a branch's line; None for the present."""
        present_ns = self._loop.world.now_ns
        if branch == lab.branch and not lab.undone and time_ns >= present_ns:
            return None
        line = lines.line_of(lab.connection, branch)
        time_ns = max(line[-1].start_ns, min(time_ns, lines.end_of(lab.connection, line)))
        return Place(branch, lines.last_command_at(lab.connection, line, time_ns), time_ns)

    def _rearrange(self, answer: Future[Receipt], problem: Problem | None, write: Callable[[LabFile], object]) -> None:
        if problem is None and not self._loop.keeper.record(write):
            problem = NOTHING_KEPT
        if problem is not None:
            answered(answer, Receipt(False, (problem,)))
            return
        self._read()
        answered(answer, Receipt(True))

    def _read(self) -> None:
        """Reads the past for the timeline; what can't be read of it must not stop the lab."""
        self._is_news = True
        try:
            with told_of(self._loop.keeper.path):
                self._chronicle.read(self._lab, self._looking)
        except LabError as error:
            _log.warning("the timeline can't be read: %s", error)


def _end(lab: LabFile, branch: int) -> Place:
    line = lines.line_of(lab.connection, branch)
    return Place(branch, lines.last_command_at(lab.connection, line, NO_LIMIT), lines.end_of(lab.connection, line))


def _as_kept(lab: LabFile, place: Place) -> Place:
    """The place itself; of what another engine has lived, the newest kept state up to it."""
    if not older_checkpoints(lab.connection):
        return place
    kept = kept_at(lab.connection, place)
    if kept.is_exact:
        return place
    return replace(place, last_command=kept.checkpoint_command, time_ns=kept.checkpoint_ns)


def answered(answer: Future[Receipt], receipt: Receipt) -> None:
    """Answers, unless whoever asked no longer wants to know."""
    resolved(answer, receipt)


def _refuse(answer: Future[Receipt], error: LabError) -> None:
    cancelled = isinstance(error, JourneyCancelledError)
    answered(answer, Receipt(False, (CANCELLED if cancelled else unreachable(error),)))
