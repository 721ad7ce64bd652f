"""The figures of a plan, before and after, large enough to be read at once."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from hvgui.cluster.balance_plan import BalancePlan
from hvgui.cluster.units import format_seconds
from hvgui.gui.migrate.tiles import Tiles
from hvgui.gui.plan import words
from hvgui.gui.words import counted, tr


class PlanTiles(Tiles):
    """Score, moves, time, and how far the nodes lie apart."""

    def __init__(self, parent: QWidget) -> None:
        names = (
            tr("Score (0 is perfect)"),
            tr("Moves"),
            tr("Takes"),
            tr("Memory in use"),
            tr("Processors"),
            tr("N-1 covered"),
        )
        super().__init__(names, parent)
        self.tiles[0].setToolTip(words.score_explained())
        self.tiles[3].setToolTip(tr("The least and the most of all nodes."))
        self.tiles[4].setToolTip(tr("What their VMs want of the nodes' processors: the least and the most of all."))
        self.tiles[5].setToolTip(tr("Nodes for whose VMs the others have room if they fail."))

    def show_plan(self, plan: BalancePlan) -> None:
        """Another plan."""
        score, moves, takes, memory, processors, cover = self.tiles
        after = words.score_words(plan.score_after)
        score.say(after, tr("now {before}", before=words.score_words(plan.score_before)))
        moves.say(f"{len(plan.moves):,}", counted(plan.rounds, "in {count} round", "in {count} rounds"))
        slowest = max((move.blackout_seconds for move in plan.moves), default=0.0)
        takes.say(
            format_seconds(plan.seconds) if plan.moves else "–",
            tr("longest blackout {time}", time=format_seconds(slowest)) if plan.moves else "",
        )
        for tile, before_of, after_of in (
            (memory, words.memory_before, words.memory_after),
            (processors, words.processor_before, words.processor_after),
        ):
            tile.say(words.span(plan.nodes, after_of), tr("now {span}", span=words.span(plan.nodes, before_of)))
        before = words.covered(plan.nodes, lambda node: node.covered_before)
        said = words.covered(plan.nodes, lambda node: node.covered_after)
        worse = sum(node.covered_after for node in plan.nodes) < sum(node.covered_before for node in plan.nodes)
        cover.say(said, tr("now {before}", before=before), "warning" if worse else "")

    def clear(self) -> None:
        """Nothing is known."""
        for tile in self.tiles:
            tile.say("–")
