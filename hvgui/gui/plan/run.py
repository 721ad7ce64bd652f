"""A plan carried out: round after round, each asked for once the one before has ended and the cluster has been looked
at again. It belongs to the lab, not to the window that shows it, which may be closed meanwhile."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from hvgui.cluster.balance_plan import BalancePlan, PlannedMove
from hvgui.cluster.events import Event
from hvgui.cluster.units import format_clock
from hvgui.gui.bridge import Bridge
from hvgui.gui.followed import Followed, FollowedRuns
from hvgui.gui.plan.expected import Expected, told
from hvgui.gui.words import counted, tr
from hvgui.lab.balancing.plans import request_of
from hvgui.lab.frames import Opening
from hvgui.requests.migration import CancelMigration
from hvgui.requests.problems import blockers
from hvgui.requests.request import vm_name


class Standing(enum.Enum):
    """How a plan stands."""

    READY = "ready"
    """Nothing is under way, and the next round can be asked for."""
    RUNNING = "running"
    STOPPING = "stopping"
    """What is under way ends; nothing more is begun."""
    CHANGED = "changed"
    """The cluster is another than the plan knows: it goes on only when somebody says so."""
    FAILED = "failed"
    """It can't go on: what is left may rest on what has not come about."""
    DONE = "done"


@dataclass(kw_only=True)
class MoveRun(Followed):
    """One move of the plan."""

    move: PlannedMove


class PlanRun(QObject):
    """Beside one bridge. There is one at a time in a lab."""

    changed = Signal()
    """Some move, or the whole, stands otherwise than before."""
    rested = Signal(str, str)
    """Nothing is under way any more, and no window shows it: why, and the tone (`info`, `warning`)."""

    def __init__(self, bridge: Bridge, plan: BalancePlan, expected: Expected) -> None:
        super().__init__(bridge)
        self.setObjectName("plan run")
        self._bridge, self._expected = bridge, expected
        self.plan = plan
        self.moves = [
            MoveRun(name=vm_name(bridge.cluster, move.vm), request=request_of(move), vm=move.vm, move=move)
            for move in plan.moves
        ]
        self.standing = Standing.READY if plan.moves else Standing.DONE
        self.reason = ""
        """Why it rests: what has changed, or what has failed."""
        self.round = 0
        """The round that was begun last."""
        self.is_watched = False
        """Whether a window shows it."""
        self._goes_on = False
        self._rounds: list[FollowedRuns] = []
        self._present_ns, self._branch = bridge.time_ns, self._present_branch
        bridge.frame_arrived.connect(self._note_present)
        bridge.world_replaced.connect(self._take_world)
        bridge.events_arrived.connect(self._look_for_crash)

    @property
    def is_under_way(self) -> bool:
        """Whether moves of it are being made."""
        return self.standing in (Standing.RUNNING, Standing.STOPPING)

    @property
    def has_begun(self) -> bool:
        """Whether any of it was asked for."""
        return self.round > 0

    @property
    def can_go_on(self) -> bool:
        """Whether another round can be asked for."""
        return self.standing in (Standing.READY, Standing.CHANGED)

    @property
    def made(self) -> int:
        """How many moves have been made."""
        return sum(run.went_well for run in self.moves)

    def of_round(self, number: int) -> list[MoveRun]:
        """The moves of a round."""
        return [run for run in self.moves if run.move.round == number]

    def run_all(self) -> None:
        """Round after round, to the end."""
        self._go(goes_on=True)

    def run_next(self) -> None:
        """One round."""
        self._go(goes_on=False)

    def stop(self) -> None:
        """No further round: what is under way ends by itself, on its target."""
        if self.standing is Standing.RUNNING:
            self._goes_on, self.standing = False, Standing.STOPPING
            self.changed.emit()

    def cancel_moves(self) -> None:
        """Calls off what is under way: it stays where it is. What is in its blackout can't be called off any more."""
        self.stop()
        for run in self.of_round(self.round):
            if run.task is not None and not run.is_over:
                request = CancelMigration(task=run.task)
                if not blockers(request.check(self._bridge.cluster)):
                    self._bridge.submit(request)

    def leave(self) -> None:
        """It is wanted no more; what was asked for goes on."""
        for following in self._rounds:
            following.leave()
        self._bridge.frame_arrived.disconnect(self._note_present)
        self._bridge.world_replaced.disconnect(self._take_world)
        self._bridge.events_arrived.disconnect(self._look_for_crash)
        self.setParent(None)
        self.deleteLater()

    def whats_changed(self) -> tuple[str, ...]:
        """What is otherwise now than the plan reckons with; what it moves itself is not meant."""
        under_way = [run.move.vm for run in self.of_round(self.round) if not run.is_over]
        return self._expected.differences(self._bridge.cluster, under_way)

    # One round after the other

    def _go(self, *, goes_on: bool) -> None:
        if not self.can_go_on:
            return
        if self.standing is Standing.CHANGED:
            self._expected.take(self._bridge.cluster)  # whoever goes on has read what has changed
        self._goes_on = goes_on
        self._begin_round()

    def _begin_round(self) -> None:
        changed = self.whats_changed()
        if changed:
            self._rest(Standing.CHANGED, tr("The cluster has changed. {what}", what=told(changed)))
            return
        wanted = self.of_round(self.round + 1)
        hindered = self._hindered(wanted)
        if hindered:
            self._rest(Standing.FAILED, hindered)
            return
        self.round += 1
        self.standing, self.reason = Standing.RUNNING, ""
        following = FollowedRuns(self._bridge, wanted, self)
        self._rounds.append(following)
        following.changed.connect(self._look)
        following.submit()

    def _hindered(self, runs: list[MoveRun]) -> str:
        cluster = self._bridge.cluster
        for run in runs:
            found = blockers(run.request.check(cluster)) if run.request is not None else ()
            if found:
                return tr("Round {round} can't begin: {why}", round=run.move.round, why=str(found[0]))
        return ""

    def _look(self) -> None:
        runs = self.of_round(self.round)
        if not self.is_under_way or not all(run.is_over for run in runs):
            self.changed.emit()
            return
        failed = [run for run in runs if not run.went_well]
        self._expected.moved(run.move for run in runs if run.went_well)
        if failed:
            self._rest(Standing.FAILED, _failure(failed))
        elif self.round == self.plan.rounds:
            self._rest(Standing.DONE, counted(self.made, "The move was made.", "All {count} moves were made."), "info")
        elif self._goes_on:
            self._begin_round()
        else:
            self._rest(Standing.READY, self._rest_words(), "info")

    def _rest_words(self) -> str:
        left = self.plan.rounds - self.round
        rest = counted(left, "{count} round is left.", "{count} rounds are left.")
        return tr("Round {round} has ended. {rest}", round=self.round, rest=rest)

    def _rest(self, standing: Standing, reason: str, tone: str = "warning") -> None:
        self._goes_on = False
        self.standing, self.reason = standing, reason
        self.changed.emit()
        if not self.is_watched:
            self.rested.emit(tr("Plan for the cluster: {what}", what=reason), tone)

    # Other moments

    @property
    def _is_past(self) -> bool:
        timeline = self._bridge.timeline
        return timeline is not None and timeline.looking_at_ns is not None

    @property
    def _present_branch(self) -> int | None:
        return self._bridge.timeline.branch if self._bridge.timeline is not None else None

    def _note_present(self, _frame: object) -> None:
        if not self._is_past:
            self._present_ns, self._branch = self._bridge.time_ns, self._present_branch

    def _take_world(self, opening: Opening) -> None:
        """A look at the past and the return from it change nothing; another present ends the plan."""
        if self._is_past or not self.has_begun or self.standing in (Standing.FAILED, Standing.DONE):
            return
        is_same = opening.time_ns >= self._present_ns and self._branch in (None, self._present_branch)
        if is_same and not self._has_lost_any():
            return
        moment = format_clock(opening.time_ns)
        self._rest(Standing.FAILED, tr("The lab was taken to another moment, {moment}: the plan ends.", moment=moment))

    def _look_for_crash(self, events: tuple[Event, ...]) -> None:
        crash = next((event for event in events if event.code == "engine-crash"), None)
        if crash is not None and self.is_under_way:
            self._rest(Standing.FAILED, crash.message)

    def _has_lost_any(self) -> bool:
        """Whether something under way is not known any more: undone in the very moment that it was asked for."""
        tasks = self._bridge.cluster.tasks
        return any(run.task not in tasks for run in self.of_round(self.round) if not run.is_over)


def _failure(failed: list[MoveRun]) -> str:
    """The first that did not come about, with its reason, and how many more."""
    first = failed[0]
    why = first.refused or (first.last.message if first.last is not None else "")
    said = tr("{vm} was not moved. {why}", vm=first.name, why=why).strip()
    if len(failed) > 1:
        said += " " + counted(len(failed) - 1, "{count} more was not moved.", "{count} more were not moved.")
    return said


def run_of(bridge: Bridge) -> PlanRun | None:
    """The plan that this lab is carrying out, or has carried out; None where there is none."""
    found = bridge.findChild(PlanRun)
    return found if isinstance(found, PlanRun) else None
