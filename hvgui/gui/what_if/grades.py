"""How a trial ended, on one scale from "nobody notices" to "the quorum is lost": words, icons, tints."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.units import format_seconds
from hvgui.cluster.what_if import WhatIfCase, WhatIfKind, WhatIfOutcome
from hvgui.gui.words import counted, tr
from hvgui.requests.request import node_name


class Grade(enum.IntEnum):
    """From the best to the worst."""

    ALL_UP = 0
    BACK = 1
    NOTICED = 2
    FALLS_SHORT = 3
    DOWN = 4
    NO_QUORUM = 5
    REFUSED = 6


@dataclass(frozen=True)
class Look:
    """How a grade is shown; never told apart by colour alone."""

    title: str
    explanation: str
    icon: str
    tint: str


LOOKS = {
    Grade.ALL_UP: Look("All stays up", "Every VM stays up, and no client notices.", "circle-check", "good"),
    Grade.BACK: Look("Comes back", "VMs are down for a while and run again; no client notices.", "rotate", "good"),
    Grade.NOTICED: Look(
        "Clients notice", "Everything runs again, but connections break or films stall.", "alert-triangle", "warning"
    ),
    Grade.FALLS_SHORT: Look(
        "Falls short", "VMs can't leave the node, or get too little processor time.", "hand-stop", "warning"
    ),
    Grade.DOWN: Look("VMs stay down", "VMs do not come back by themselves.", "circle-x", "bad"),
    Grade.NO_QUORUM: Look("Quorum lost", "The cluster stops, and every clustered VM with it.", "plug-off", "bad"),
    Grade.REFUSED: Look("Can't be tried", "The lab refuses what was to be tried.", "circle", "muted"),
}


def grade_of(outcome: WhatIfOutcome) -> Grade:
    """The worst that can be said of it."""
    if outcome.refused:
        return Grade.REFUSED
    if not outcome.has_quorum:
        return Grade.NO_QUORUM
    if outcome.stays_down:
        return Grade.DOWN
    if outcome.left_behind:
        return Grade.FALLS_SHORT
    if outcome.clients:
        return Grade.NOTICED
    return Grade.BACK if outcome.fates and outcome.case.kind is WhatIfKind.CRASH else Grade.ALL_UP


def case_words(case: WhatIfCase, cluster: Cluster) -> str:
    """What is tried: `NODE1 and NODE2 crash`."""
    names = [node_name(cluster, node) for node in case.nodes]
    if case.kind is WhatIfKind.LOAD:
        return tr("{share} more load", share=f"{case.load_factor - 1.0:.0%}")
    if case.kind is WhatIfKind.DRAIN:
        return tr("{node} is drained", node=names[0])
    if len(names) == 1:
        return tr("{node} crashes", node=names[0])
    return tr("{nodes} and {last} crash", nodes=", ".join(names[:-1]), last=names[-1])


def outcome_words(outcome: WhatIfOutcome, cluster: Cluster) -> str:
    """What came of it, in one or two sentences."""
    grade = grade_of(outcome)
    said = [_first_words(outcome, grade)]
    back = sum(fate.down_seconds is not None and not fate.why for fate in outcome.fates)
    if grade in (Grade.DOWN, Grade.NO_QUORUM) and back:
        said.append(counted(back, "{count} other is back", "{count} others are back") + ".")
    if outcome.overloaded:
        names = ", ".join(node_name(cluster, node) for node in outcome.overloaded[:_MOST_NAMED])
        more = len(outcome.overloaded) - _MOST_NAMED
        nodes = tr("{nodes} and {more} more", nodes=names, more=more) if more > 0 else names
        said.append(tr("Overloaded afterwards: {nodes}.", nodes=nodes))
    return " ".join(said)


_MOST_NAMED = 4


def _first_words(outcome: WhatIfOutcome, grade: Grade) -> str:
    if grade is Grade.REFUSED:
        return outcome.refused
    if grade is Grade.NO_QUORUM:
        return tr("The quorum is lost: {vms}.", vms=_stay_down(outcome))
    if grade is Grade.DOWN:
        return f"{_stay_down(outcome)}."
    return _short_words(outcome) if grade is Grade.FALLS_SHORT else _good_words(outcome, grade)


def _good_words(outcome: WhatIfOutcome, grade: Grade) -> str:
    longest, vms = format_seconds(outcome.longest_down_seconds), len(outcome.fates)
    if grade is Grade.NOTICED:
        clients = counted(outcome.clients, "clients of {count} VM notice", "clients of {count} VMs notice")
        return tr("All VMs run again, down for {time} at most; {clients}.", time=longest, clients=clients)
    if grade is Grade.BACK:
        back = counted(vms, "{count} VM is back", "{count} VMs are back")
        return tr("{vms}, after {time} at most.", vms=back, time=longest)
    if outcome.case.kind is WhatIfKind.DRAIN and vms:
        moved = counted(vms, "{count} VM has moved", "{count} VMs have moved")
        return tr("{vms}, out of reach for {time} at most.", vms=moved, time=longest)
    return tr("Every VM gets what it wants.") if outcome.case.kind is WhatIfKind.LOAD else tr("No VM runs there.")


def _stay_down(outcome: WhatIfOutcome) -> str:
    return counted(len(outcome.stays_down), "{count} VM stays down", "{count} VMs stay down")


def _short_words(outcome: WhatIfOutcome) -> str:
    count = len(outcome.left_behind)
    if outcome.case.kind is WhatIfKind.LOAD:
        return counted(count, "{count} VM gets too little.", "{count} VMs get too little.")
    return counted(count, "{count} VM stays on the node.", "{count} VMs stay on the node.")


def short_words(outcome: WhatIfOutcome) -> str:
    """A figure for a cell of the picture: VMs that stay down or fall short, or the longest time down."""
    grade = grade_of(outcome)
    if grade in (Grade.DOWN, Grade.NO_QUORUM):
        return f"{len(outcome.stays_down):,}"
    if grade is Grade.FALLS_SHORT:
        return f"{len(outcome.left_behind):,}"
    if grade in (Grade.BACK, Grade.NOTICED):
        return format_seconds(outcome.longest_down_seconds)
    return ""
