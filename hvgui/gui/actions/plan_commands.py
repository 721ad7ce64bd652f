"""The commands that balance the cluster as a whole."""

from __future__ import annotations

from hvgui.gui.actions.cluster_commands import CLUSTER, MENU
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.of_requests import no_lab
from hvgui.gui.objects import Kind


def _optimize(desk: Desk) -> None:
    from hvgui.gui.plan.window import open_plan  # noqa: PLC0415  not before it is wanted

    open_plan(desk)


COMMANDS = (
    Command(
        "cluster.optimize",
        "Optimize Cluster...",
        MENU,
        icon="scale",
        shortcut="Ctrl+Shift+O",
        run=_optimize,
        reason=no_lab,
        beside=CLUSTER | {Kind.NODES},
        changes=False,
        explanation="Plans live migrations that balance the cluster, each possible when its turn comes; makes them.",
    ),
)
"""In the group for balancing of the Cluster menu."""
