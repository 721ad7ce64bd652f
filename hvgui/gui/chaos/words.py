"""Chaos in words."""

from __future__ import annotations

from hvgui.cluster.chaos import Chaos, FaultKind
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.units import format_seconds
from hvgui.gui.words import counted, tr

HOUR_SECONDS = 3600.0
KINDS = {
    FaultKind.CRASH: ("Nodes crash", "A node dies, and is powered on later."),
    FaultKind.LINK: ("Links are cut", "A node's link to a network; plugged in again later."),
    FaultKind.PARTITION: ("Networks are partitioned", "Every network is cut in two; healed later."),
    FaultKind.HANG: ("Cluster services hang", "The node's own kernel ends that after a while."),
    FaultKind.HEARTBEATS: ("Heartbeats get lost", "A network loses half of them or more."),
    FaultKind.SAN: ("Storage systems fail", "A whole SAN; restored later."),
    FaultKind.LUN: ("LUNs fail", "A single LUN; restored later."),
    FaultKind.PATH: ("Storage paths break", "A node's path to a SAN; restored later."),
    FaultKind.WITNESS: ("The witness share fails", "The server of the file share witness goes down."),
}


def gap_words(faults_per_hour: float) -> str:
    """How far apart faults are on average."""
    return tr("one every {span}", span=format_seconds(HOUR_SECONDS / faults_per_hour))


def band_words(cluster: Cluster) -> str:
    """What the band over the window says; empty: no faults come by themselves."""
    chaos = cluster.chaos
    if not chaos.faults_per_hour:
        return ""
    return tr(
        "Chaos: faults come by themselves, on average {gap} ({kinds}, seed {seed}). {count} so far.",
        gap=gap_words(chaos.faults_per_hour),
        kinds=_kinds(chaos),
        seed=chaos.seed,
        count=f"{chaos.last_fault:,}",
    )


def _kinds(chaos: Chaos) -> str:
    if not chaos.kinds or len(chaos.kinds) == len(FaultKind):
        return tr("of every kind")
    if len(chaos.kinds) > 2:
        return counted(len(chaos.kinds), "{count} kind", "{count} kinds")
    return ", ".join(tr(KINDS[kind][0]).lower() for kind in chaos.kinds)
