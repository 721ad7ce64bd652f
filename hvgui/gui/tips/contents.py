"""What a tip's card says, as one value: a card is painted anew only where that value differs."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.load_watch import LoadWatch, Tip, TipState
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import format_seconds
from hvgui.cluster.watch_figures import WatchFigures
from hvgui.gui.facts import Facts
from hvgui.gui.tips.words import RESOURCES, dismissed_words, move_words, share_words, span_words, waiting_words
from hvgui.gui.wording import node_name, pass_per_mille, task_step, time_left
from hvgui.gui.words import tr
from hvgui.requests.load_watch import DismissTip, ImplementTip
from hvgui.requests.problems import blockers


@dataclass(frozen=True)
class Evidence:
    """The samples of the window, with the lines that count. Shares of what the node has."""

    samples: tuple[float, ...]
    limit: float
    ease: float
    """Below it the mean has to fall before the tip goes."""
    span: str
    """How long the window is."""
    words: str


@dataclass(frozen=True)
class Change:
    """One node before the move and after it."""

    node: str
    before: float
    after: float


@dataclass(frozen=True)
class CardContents:
    """One tip."""

    tip: int
    title: str
    tone: str
    reason: str
    move: str
    costs: str
    """What the migration takes; empty where there is no move."""
    state: str
    evidence: Evidence
    changes: tuple[Change, ...]
    """Source and target; none where there is no move."""
    per_mille: int | None
    """How far this pass of its migration is; None: nothing to measure."""
    why_not_implement: str
    why_not_dismiss: str
    shown: tuple[tuple[str, str], ...]
    """What Show can show: what it is called among the wishes, and in words."""
    is_quiet: bool
    """Dismissed: it is shown, but asks for nothing."""
    under_way: bool


def card_contents(facts: Facts, tip: Tip, figures: WatchFigures | None, past_reason: str) -> CardContents:
    """A tip as of now. `figures` are the newest; without them what the tip itself keeps is shown."""
    cluster = facts.cluster
    watch, task = cluster.load_watch, cluster.tasks.get(tip.task) if tip.task is not None else None
    samples = _samples(tip, figures)
    share = sum(samples) / len(samples) if samples else tip.share
    name, what = node_name(cluster, tip.node), tr(RESOURCES[tip.resource])
    progress = facts.progress.get(task.id) if task is not None else None
    has_move = tip.vm is not None and tip.target is not None
    return CardContents(
        tip=tip.id,
        title=tr("{node}: {share} of its {what}", node=name, share=share_words(share), what=what.lower()),
        tone="bad" if share > tip.limit else "warning",
        reason=f"{tip.reason}.",
        move=move_words(cluster, tip),
        costs=_costs(tip) if has_move else "",
        state=_state(facts, tip, task),
        evidence=_evidence(watch, tip, samples, share),
        changes=_changes(cluster, tip, share) if has_move else (),
        per_mille=pass_per_mille(progress) if progress is not None else None,
        why_not_implement=past_reason or _why_not(cluster, tip, ImplementTip(tip=tip.id)),
        why_not_dismiss=past_reason or _why_not(cluster, tip, DismissTip(tip=tip.id)),
        shown=_shown(cluster, tip),
        is_quiet=tip.state is TipState.DISMISSED,
        under_way=tip.state is TipState.UNDER_WAY,
    )


def _samples(tip: Tip, figures: WatchFigures | None) -> tuple[float, ...]:
    """The window as it is now; just after it has begun anew the one that the tip was raised by says more."""
    window = figures.window(tip.resource, tip.node) if figures is not None else ()
    return window if len(window) >= len(tip.evidence) else tip.evidence


def _evidence(watch: LoadWatch, tip: Tip, samples: tuple[float, ...], share: float) -> Evidence:
    ease = max(0.0, tip.limit - watch.hysteresis)
    span = span_words(watch.window_seconds)
    words = tr(
        "{what} over {span}: mean {share}, limit {limit}; the tip goes below {ease}",
        what=tr(RESOURCES[tip.resource]),
        span=span,
        share=share_words(share),
        limit=share_words(tip.limit),
        ease=share_words(ease),
    )
    return Evidence(samples, tip.limit, ease, span, words)


def _changes(cluster: Cluster, tip: Tip, share: float) -> tuple[Change, ...]:
    target = node_name(cluster, tip.target) if tip.target is not None else "–"
    return (
        Change(node_name(cluster, tip.node), share, tip.source_after),
        Change(target, tip.target_before, tip.target_after),
    )


def _costs(tip: Tip) -> str:
    return tr(
        "Takes about {seconds}, with a blackout of {blackout}",
        seconds=format_seconds(tip.seconds),
        blackout=format_seconds(tip.blackout_seconds),
    )


def _state(facts: Facts, tip: Tip, task: Task | None) -> str:
    if tip.state is TipState.DISMISSED:
        return dismissed_words(facts.cluster.load_watch, tip)
    if tip.state is TipState.OPEN:
        return waiting_words(facts.cluster, tip, facts.time_ns)
    if task is None:
        return tr("Under way")
    left = time_left(facts.progress.get(task.id))
    step = task_step(facts, task)
    return tr("Under way: {step}", step=step) + (tr(", {span} left", span=left) if left != "–" else "")


def _shown(cluster: Cluster, tip: Tip) -> tuple[tuple[str, str], ...]:
    found = [("show-node", tr("{name}: graphs", name=node_name(cluster, tip.node)))]
    vm = cluster.vms.get(tip.vm) if tip.vm is not None else None
    if vm is not None:
        found.append(("show-vm", tr("{name}: graphs", name=vm.name)))
    if tip.target is not None:
        found.append(("show-target", tr("{name}: graphs", name=node_name(cluster, tip.target))))
    if vm is not None and tip.state is TipState.UNDER_WAY:
        found.append(("show-migration", tr("{name}: migration", name=vm.name)))
    return tuple(found)


def _why_not(cluster: Cluster, tip: Tip, request: ImplementTip | DismissTip) -> str:
    if tip.state is TipState.UNDER_WAY:
        return tr("It is being carried out.")
    if tip.state is TipState.DISMISSED:
        return tr("It was dismissed. A new one comes if the load has fallen and rises again.")
    found = blockers(request.check(cluster))
    return str(found[0]) if found else ""
