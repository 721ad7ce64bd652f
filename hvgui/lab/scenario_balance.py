"""What requests on the load watch take, as a scenario writes it."""

from __future__ import annotations

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.power_saving import PowerSaving
from hvgui.lab.scenario_resources import Reader
from hvgui.lab.scenario_table import Table
from hvgui.requests.load_watch import MOST_NODES, MOST_WATTS

_POLICIES = {policy.value: policy for policy in Policy}
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
        placement=table.choice("placement", _POLICIES) or usual.placement,
        power=_power(table),
        hysteresis=usual.hysteresis if (below := table.number("hysteresis", 0.0, 0.5)) is None else below,
        **{
            name: getattr(usual, name) if value is None else value
            for name, value in (
                (f"{resource}_limit", table.number(f"{resource}_limit", 0.1, 1.0))
                for resource in ("processors", "memory", "disk", "network")
            )
        },
    )


def _power(table: Table) -> PowerSaving:
    usual = PowerSaving()
    least, rest = table.whole("power_least_nodes", 0, MOST_NODES), table.duration("power_rest")
    watts = table.number("node_watts", 0.0, MOST_WATTS)
    return PowerSaving(
        is_on=bool(table.flag("power_saving")),
        from_hour=table.number("power_from", 0.0, 24.0),
        until_hour=table.number("power_until", 0.0, 24.0),
        least_nodes=usual.least_nodes if least is None else least,
        rest_seconds=usual.rest_seconds if rest is None else round(rest),
        node_watts=usual.node_watts if watts is None else watts,
    )


def _tip(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del record, vm
    return table.whole("tip", 1, 2**31)


BALANCE_READERS: dict[str, Reader] = {"load_watch": _watch, "tip": _tip}
