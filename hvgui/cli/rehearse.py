"""`hvgui rehearse`: a scenario run without a window, and what became of each request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from hvgui.cli.exits import NOT_AS_WISHED, WELL, BadInputError
from hvgui.cli.options import Options
from hvgui.cli.outputs import check_output, written_whole
from hvgui.cli.terminal import progress, say, say_json, say_lines, table
from hvgui.cluster.events import Event
from hvgui.cluster.power_saving import saved_kilowatt_hours, saved_node_seconds
from hvgui.cluster.units import (
    NANOSECONDS,
    format_bytes,
    format_clock,
    format_seconds,
    in_seconds,
    nanoseconds,
)
from hvgui.lab.errors import LabError
from hvgui.lab.rehearsal import Rehearsal
from hvgui.lab.rehearsal import rehearse as run_rehearsal
from hvgui.lab.request_outcome import DONE, RequestOutcome
from hvgui.lab.scenario import End, Scenario, read_scenario
from hvgui.lab.scenario_table import ScenarioError
from hvgui.shipped import shipped_folder

_HEADS = ("At", "Request", "Result", "Duration", "Passes", "Blackout", "Sent", "Stalled", "Stall", "Connections lost")
_MOST_INCIDENTS = 20
_MOST_NAMES = 4

T = TypeVar("T")


def rehearse(options: Options) -> int:
    """Runs the scenario; the exit code is 0 unless `--strict` and something did not succeed."""
    if options.lab is not None:
        check_output(options.lab, overwrite=options.force)
    begun = time.perf_counter()
    try:
        scenario = read_scenario(_meant(options.file))
    except ScenarioError as error:
        raise BadInputError(str(error)) from None
    rehearsal = _run(scenario, None) if options.lab is None else _kept(scenario, options.lab)
    if options.json:
        say_json(_for_programs(rehearsal, time.perf_counter() - begun))
    else:
        say_lines(_for_people(rehearsal))
        if options.lab is not None:
            say(f"Its course is kept in {options.lab}.")
    went_well = all(outcome.result == DONE for outcome in rehearsal.requests)
    return WELL if went_well or not options.strict else NOT_AS_WISHED


def _meant(path: Path) -> Path:
    """The file itself or, where there is none, the shipped scenario of that name."""
    shipped = {one.stem: one for one in (shipped_folder() / "scenarios").glob("*.toml")}
    return path if str(path) not in shipped or path.exists() else shipped[str(path)]


def _kept(scenario: Scenario, lab: Path) -> Rehearsal:
    try:
        with written_whole(lab) as beside:
            return _run(scenario, beside)
    except (LabError, OSError) as error:
        raise BadInputError(f"{lab} was not written: {error}") from None


def _run(scenario: Scenario, lab: Path | None) -> Rehearsal:
    total = len(scenario.requests)
    with progress(scenario.title) as shown:

        def watch(now_ns: int, ended: int) -> None:
            text = f"{format_clock(now_ns)}, {ended} of {total} requests ended"
            if scenario.end is End.TIME:
                shown.reached(in_seconds(now_ns), scenario.end_ns / NANOSECONDS, text)
            else:
                shown.reached(ended, total, text)

        return run_rehearsal(scenario, watch, lab=lab)


def _for_programs(rehearsal: Rehearsal, wall_seconds: float) -> dict[str, object]:
    return {
        "scenario": rehearsal.title,
        "seed": rehearsal.seed,
        "requests": rehearsal.requests,
        "incidents": [_incident(event) for event in rehearsal.incidents],
        "ended_at_seconds": rehearsal.ended_at_seconds,
        "saved_kilowatt_hours": _saved(rehearsal)[1],
        "wall_seconds": wall_seconds,
    }


def _incident(event: Event) -> dict[str, object]:
    return {
        "at_seconds": in_seconds(event.time_ns),
        "level": event.level.name.lower(),
        "code": event.code,
        "message": event.message,
    }


def _for_people(rehearsal: Rehearsal) -> list[str]:
    lines = [f"{rehearsal.title} (seed {rehearsal.seed})", ""]
    if rehearsal.requests:
        lines += [*table(_HEADS, [_row(outcome) for outcome in rehearsal.requests]), ""]
    else:
        lines += ["The scenario makes no request.", ""]
    remarks = _remarks(rehearsal.requests)
    told = {outcome.message for outcome in rehearsal.requests}
    incidents = [
        f"{format_clock(event.time_ns)} {event.message}" for event in rehearsal.incidents if event.message not in told
    ]
    if len(incidents) > _MOST_INCIDENTS:
        more = len(incidents) - _MOST_INCIDENTS
        incidents = [*incidents[:_MOST_INCIDENTS], f"... and {more} more; --json lists them."]
    for head, found in (("Remarks", remarks), ("Incidents", incidents)):
        if found:
            lines += [f"{head}:", *(f"  {sentence}" for sentence in found), ""]
    seconds, energy = _saved(rehearsal)
    if seconds:
        off = format_seconds(seconds)
        lines += [f"Power saving has saved about {energy:.2f} kWh: nodes were off for {off} in all.", ""]
    lines.append(f"Ended at {format_clock(nanoseconds(rehearsal.ended_at_seconds))} of the lab's clock.")
    return lines


def _saved(rehearsal: Rehearsal) -> tuple[float, float]:
    """For how long nodes were off to save power (seconds), and about how many kWh that has saved."""
    cluster, now_ns = rehearsal.world.cluster, rehearsal.world.now_ns
    nodes = tuple(cluster.nodes.values())
    seconds = saved_node_seconds(cluster.power, nodes, now_ns)
    return seconds, saved_kilowatt_hours(cluster.load_watch.power, cluster.power, nodes, now_ns)


def _row(outcome: RequestOutcome) -> tuple[str, ...]:
    return (
        format_clock(nanoseconds(outcome.at_seconds)),
        _asked(outcome),
        outcome.result if outcome.converged is not False else f"{outcome.result}, not converged",
        _shown(outcome.duration_seconds, format_seconds),
        _shown(outcome.passes, str),
        _shown(outcome.blackout_seconds, format_seconds),
        _shown(outcome.sent_bytes, format_bytes),
        _shown(outcome.streams_stalled, str),
        _shown(outcome.stall_seconds, format_seconds),
        _shown(outcome.connections_lost, str),
    )


def _asked(outcome: RequestOutcome) -> str:
    what = " ".join(part for part in (outcome.do, outcome.vm or outcome.node) if part)
    return f"{what}: {outcome.source} to {outcome.to}" if outcome.to else what


def _shown(value: T | None, form: Callable[[T], str]) -> str:
    return "" if value is None else form(value)


def _remarks(outcomes: Sequence[RequestOutcome]) -> list[str]:
    """Why a request did not succeed, and with which warnings it was accepted; what several share is said once."""
    shared: dict[str, list[RequestOutcome]] = {}
    for outcome in outcomes:
        for sentence in outcome.warnings:
            shared.setdefault(sentence, []).append(outcome)
        if outcome.message and outcome.result != DONE:
            shared.setdefault(outcome.message, []).append(outcome)
    return [f"{_who(about)}: {sentence}" for sentence, about in shared.items()]


def _who(outcomes: Sequence[RequestOutcome]) -> str:
    first = outcomes[0]
    clock = format_clock(nanoseconds(first.at_seconds))
    if len(outcomes) == 1:
        return f"{clock} {_asked(first)}"
    names = [outcome.vm or outcome.node or "" for outcome in outcomes]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{clock} {first.do} {', '.join(names[:_MOST_NAMES])}{more}"
