"""What requests on the load watch take, as a scenario writes it."""

from __future__ import annotations

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import VirtualMachine
from hvgui.lab.scenario_resources import Reader
from hvgui.lab.scenario_table import Table

_MODES = {mode.value: mode for mode in WatchMode}


def _watch(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> LoadWatch:
    del record, vm
    usual = LoadWatch()
    window = table.duration("window")
    level = table.whole("aggressiveness", 1, 5)
    return LoadWatch(
        mode=table.needed("mode", table.choice("mode", _MODES)),
        aggressiveness=usual.aggressiveness if level is None else level,
        window_seconds=usual.window_seconds if window is None else round(window),
        quiet_from_hour=table.number("quiet_from", 0.0, 24.0),
        quiet_until_hour=table.number("quiet_until", 0.0, 24.0),
        **{
            name: getattr(usual, name) if value is None else value
            for name, value in (
                (f"{resource}_limit", table.number(f"{resource}_limit", 0.1, 1.0))
                for resource in ("processors", "memory", "disk", "network")
            )
        },
    )


def _tip(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del record, vm
    return table.whole("tip", 1, 2**31)


BALANCE_READERS: dict[str, Reader] = {"load_watch": _watch, "tip": _tip}
