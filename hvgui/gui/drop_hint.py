"""What is said while a VM is dragged over a node: its stars there, and why."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.gui.facts import Facts
from hvgui.gui.migrate.draft import cpu_shares
from hvgui.gui.migrate.why import why_html
from hvgui.requests.migration import LiveMigrate, MoveVm
from hvgui.requests.places import Places
from hvgui.requests.request import Request


def drop_hint(facts: Facts, vms: tuple[VmId, ...], node: NodeId | None) -> str:
    """For a hover; empty where several VMs are dragged, or the one is there already."""
    cluster = facts.cluster
    vm = cluster.vms.get(vms[0]) if len(vms) == 1 else None
    if vm is None or node is None or node not in cluster.nodes or node == vm.owner:
        return ""
    asked = partial(_request, vm.id, runs=vm.state is VmState.RUNNING)
    shares = cpu_shares(facts.sample) if facts.sample is not None else None
    target = next(one for one in Places(cluster, shares).for_migration(vm, asked) if one.node == node)
    return why_html(cluster, target)


def _request(vm: VmId, node: NodeId, *, runs: bool) -> Request:
    return LiveMigrate(vm, node, queue=True) if runs else MoveVm(vm, node)
