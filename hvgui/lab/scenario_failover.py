"""What requests on networks, heartbeats and quorum take, as a scenario writes it."""

from __future__ import annotations

from hvgui.cluster.chaos import FaultKind
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.quorum import QuorumModel
from hvgui.lab.scenario_cluster import ROLES
from hvgui.lab.scenario_failover_policy import POLICY_READERS
from hvgui.lab.scenario_names import shown, the_one
from hvgui.lab.scenario_resources import Reader
from hvgui.lab.scenario_table import Table

_MODELS = {
    "node majority": QuorumModel.NODE_MAJORITY,
    "node and disk majority": QuorumModel.NODE_AND_DISK,
    "node and file share majority": QuorumModel.NODE_AND_SHARE,
    "disk only": QuorumModel.DISK_ONLY,
}


def _groups(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[tuple[NodeId, ...], ...] | None:
    del vm
    groups = table.text_lists("groups")
    if groups is None:
        return None
    return tuple(tuple(the_one(table, "groups", name, "node", record.nodes).id for name in group) for group in groups)


def _loss(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> float | None:
    del record, vm
    return table.number("loss", 0.0, 1.0)


def _model(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> QuorumModel | None:
    del record, vm
    return table.choice("model", _MODELS)


def _share(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> str | None:
    del record, vm
    return table.text("share")


def _share_network(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del vm
    name = table.text("share_network")
    return None if name is None else the_one(table, "share_network", name, "network", record.networks).id


def _heartbeat(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> HeartbeatSettings:
    del vm
    before = record.heartbeat
    delay, cross = table.duration("delay"), table.duration("cross_delay")
    threshold, cross_threshold = table.whole("threshold", 1, 1000), table.whole("cross_threshold", 1, 1000)
    return HeartbeatSettings(
        before.same_subnet_delay_ms if delay is None else round(delay * 1000),
        before.same_subnet_threshold if threshold is None else threshold,
        before.cross_subnet_delay_ms if cross is None else round(cross * 1000),
        before.cross_subnet_threshold if cross_threshold is None else cross_threshold,
    )


def _wrong(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> Misconfiguration | None:
    del record, vm
    return table.choice("wrong", {one.value: one for one in Misconfiguration})


def _rate(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> float | None:
    del record, vm
    return table.number("faults_per_hour", 0.0, 3_600.0)


def _kinds(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[FaultKind, ...] | None:
    del record, vm
    names = table.texts("kinds")
    known = {kind.value: kind for kind in FaultKind}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise table.error(f"'{shown(unknown[0])}' is no kind of fault; there are: {', '.join(known)}.", "kinds")
    return None if names is None else tuple(known[name] for name in names)


def _chaos_seed(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del record, vm
    return table.whole("chaos_seed", 0, 2**63 - 1)


def _mended_after(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> float | None:
    del record, vm
    return table.duration("mended_after")


def _nodes(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[NodeId, ...] | None:
    del vm
    names = table.texts("nodes")
    return None if names is None else tuple(the_one(table, "nodes", one, "node", record.nodes).id for one in names)


def _restarts(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
    del record, vm
    return table.flag("restarts")


def _offline(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> float | None:
    del record, vm
    return table.duration("offline")


def _role(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> NetworkRole | None:
    del record, vm
    return table.choice("role", ROLES)


def _address(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> str | None:
    del record, vm
    return table.text("address")


def _latency(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> float | None:
    del record, vm
    return table.duration("latency")


def _supported(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
    del record, vm
    return table.flag("supported")


FAILOVER_READERS: dict[str, Reader] = {
    "role": _role,
    "address": _address,
    "latency_seconds": _latency,
    "supported": _supported,
    "wrong": _wrong,
    "nodes": _nodes,
    "restarts": _restarts,
    "offline_seconds": _offline,
    "faults_per_hour": _rate,
    "kinds": _kinds,
    "chaos_seed": _chaos_seed,
    "mended_after_seconds": _mended_after,
    **POLICY_READERS,
    "groups": _groups,
    "loss": _loss,
    "quorum_model": _model,
    "witness_share": _share,
    "share_network": _share_network,
    "heartbeat": _heartbeat,
}
