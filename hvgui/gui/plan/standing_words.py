"""How a plan stands, in words, and why it can't be run or changed at this moment."""

from __future__ import annotations

from hvgui.cluster.units import format_seconds
from hvgui.gui.bridge import Bridge
from hvgui.gui.plan.expected import told
from hvgui.gui.plan.move_columns import taken_seconds
from hvgui.gui.plan.run import PlanRun, Standing
from hvgui.gui.timeline.past import reason_of
from hvgui.gui.words import counted, tr
from hvgui.lab.refusals import READ_ONLY

_AGAIN = "Plan again from here."


def standing_words(run: PlanRun, bridge: Bridge, changed: tuple[str, ...]) -> tuple[str, str]:
    """A sentence or two, and their tone. `changed`: what is otherwise now than the plan reckons with."""
    match run.standing:
        case Standing.RUNNING:
            return _running(run, bridge), ""
        case Standing.STOPPING:
            left = sum(not one.is_over for one in run.of_round(run.round))
            said = counted(left, "Stops once {count} move has ended.", "Stops once {count} moves have ended.")
            return said + _time(bridge), ""
        case Standing.CHANGED:
            return f"{run.reason} " + tr("Plan again, or go on all the same."), "warning"
        case Standing.FAILED:
            return f"{run.reason} " + tr(_AGAIN), "bad"
        case Standing.DONE:
            return _done(run), "good"
    return _ready(run, changed)


def _ready(run: PlanRun, changed: tuple[str, ...]) -> tuple[str, str]:
    if changed:
        return tr("Since this plan was made the cluster has changed. {what}", what=told(changed)), "warning"
    if run.has_begun:
        return run.reason, ""
    return tr("Nothing has begun yet."), ""


def _running(run: PlanRun, bridge: Bridge) -> str:
    runs = run.of_round(run.round)
    return tr(
        "Round {round} of {rounds}: {ended} of {count} moves have ended, {made} of {all} in all.",
        round=run.round,
        rounds=run.plan.rounds,
        ended=sum(one.is_over for one in runs),
        count=len(runs),
        made=run.made,
        all=len(run.moves),
    ) + _time(bridge)


def _time(bridge: Bridge) -> str:
    return "" if bridge.pace.playing else " " + tr("Time stands: let it go on for them to end.")


def _done(run: PlanRun) -> str:
    seconds = taken_seconds(run.moves)
    if seconds is None:
        return run.reason
    took, foretold = format_seconds(seconds), format_seconds(run.plan.seconds)
    return f"{run.reason} " + tr("Their rounds took {took}; foretold were {foretold}.", took=took, foretold=foretold)


def not_to_run(run: PlanRun | None, bridge: Bridge, *, is_planning: bool) -> str:
    """Why no round can be asked for now; empty: it can."""
    if is_planning:
        return tr("The plan is still being made.")
    if run is None or not run.moves:
        return tr("There is nothing to move.")
    if bridge.session.is_read_only:
        return str(READ_ONLY)
    return reason_of(bridge.timeline) or _not_to_go_on(run)


def _not_to_go_on(run: PlanRun) -> str:
    if run.is_under_way:
        return tr("Round {round} is under way.", round=run.round)
    if run.standing is Standing.FAILED:
        return tr("This plan can't go on. {again}", again=tr(_AGAIN))
    return tr("All moves were made.") if run.standing is Standing.DONE else ""


def not_to_plan(run: PlanRun | None) -> str:
    """Why nothing can be planned now; empty: it can."""
    if run is not None and run.is_under_way:
        return tr("Moves are under way: stop them first, or wait for their end.")
    return ""


def not_to_stop(run: PlanRun | None) -> str:
    """Why there is nothing to stop; empty: there is."""
    if run is None or not run.is_under_way:
        return tr("Nothing is under way.")
    return ""
