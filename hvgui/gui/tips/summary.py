"""What the load watch says of a node, for the page of its properties."""

from __future__ import annotations

from hvgui.cluster.ids import NodeId
from hvgui.cluster.load_watch import TipState
from hvgui.cluster.units import format_seconds
from hvgui.gui.facts import Facts
from hvgui.gui.tips.words import dismissed_words, move_words, share_words, waiting_words
from hvgui.gui.words import tr

Rows = tuple[tuple[str, str], ...]


def watch_sections(facts: Facts, node: NodeId) -> tuple[tuple[str, Rows], ...]:
    """A section with the node's tip; none where it has none."""
    return ((tr("Load watch"), _rows(facts, node)),) if facts.cluster.tips.of(node) is not None else ()


def _rows(facts: Facts, node: NodeId) -> Rows:
    cluster, tip = facts.cluster, facts.cluster.tips.of(node)
    if tip is None:
        return ()
    states = {
        TipState.OPEN: waiting_words(cluster, tip, facts.time_ns),
        TipState.DISMISSED: dismissed_words(cluster.load_watch, tip),
        TipState.UNDER_WAY: tr("Under way"),
    }
    rows = [(tr("Tip"), tip.reason), (tr("Proposed move"), move_words(cluster, tip))]
    if tip.vm is not None:
        after = tr(
            "{source} here and {target} there; takes about {seconds}",
            source=share_words(tip.source_after),
            target=share_words(tip.target_after),
            seconds=format_seconds(tip.seconds),
        )
        rows.append((tr("With it"), after))
    return (*rows, (tr("State of the tip"), states[tip.state]))
