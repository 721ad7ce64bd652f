"""What follows a press on a tip's card: requests to the lab, or something shown."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.load_watch import Tip, WatchedResource, WatchMode
from hvgui.gui.actions.desk import Desk
from hvgui.gui.objects import node_ref, vm_ref
from hvgui.requests.load_watch import DismissTip, ImplementTip, SetLoadWatch

_MEMORY, _GRAPHS, _MIGRATION = "memory graphs", "graphs", "migration graphs"
"""Names of tabs of the details."""


def answer(what: str, tip: int, desk: Desk) -> None:
    """Does what was asked for: `implement`, `dismiss`, `show-...` of a tip; `switch-on` or `settings` of the watch."""
    if not desk.has_lab:
        return
    if what == "settings":
        open_settings(desk)
    elif what == "switch-on":
        desk.submit((SetLoadWatch(replace(desk.cluster.load_watch, mode=WatchMode.MANUAL)),))
    elif what == "implement":
        desk.submit((ImplementTip(tip=tip),))
    elif what == "dismiss":
        desk.submit((DismissTip(tip=tip),))
    else:
        found = desk.cluster.tips.with_id(tip)
        if found is not None:
            _show(what, found, desk)


def open_settings(desk: Desk) -> None:
    """The dialog of the load watch."""
    from hvgui.gui.tips.settings_dialog import LoadWatchDialog  # noqa: PLC0415  not before it is wanted

    LoadWatchDialog(desk).open()


def _show(what: str, tip: Tip, desk: Desk) -> None:
    of_node = _MEMORY if tip.resource is WatchedResource.MEMORY else _GRAPHS
    if what == "show-node":
        desk.window.show_tab(node_ref(tip.node), of_node)
    elif what == "show-target" and tip.target is not None:
        desk.window.show_tab(node_ref(tip.target), of_node)
    elif tip.vm is not None:
        desk.window.show_tab(vm_ref(tip.vm), _MIGRATION if what == "show-migration" else _GRAPHS)
