"""Which objects stand where in the tree: order by name, the filter, and who owns what."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.node_words import node_state
from hvgui.gui.objects import Kind, Ref, link_ref, node_ref, ref_of, tree_key, vm_ref
from hvgui.gui.wording import node_name

NameKey = tuple[tuple[int, int | str], ...]
_PARTS = re.compile(r"(\d+)")


@lru_cache(maxsize=65_536)
def name_key(name: str) -> NameKey:
    """Sorts names as people do: NODE2 before NODE10, capitals not apart."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in _PARTS.split(name.casefold()) if part)


class Branches:
    """Children by parent, with the rows looked up when first asked for."""

    def __init__(self, children: dict[int, list[int]]) -> None:
        self._children = children
        self._parents = {child: parent for parent, ones in children.items() for child in ones}
        self._rows: dict[int, dict[int, int]] = {}
        self._root = tree_key(Ref(Kind.CLUSTER))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Branches) and self._children == other._children

    __hash__ = None  # type: ignore[assignment]  # changes, so it can't be a key

    def children(self, key: int) -> list[int]:
        """The places below one."""
        return self._children.get(key, [])

    def parents(self) -> tuple[int, ...]:
        """Every place that may have others below it."""
        return tuple(self._children)

    def parent_of(self, key: int) -> int | None:
        """The place above; None for the cluster and for what is not shown."""
        return self._parents.get(key)

    def row_of(self, key: int) -> int | None:
        """The row below its parent; None for what is not shown."""
        if key == self._root:
            return 0
        parent = self._parents.get(key)
        if parent is None:
            return None
        rows = self._rows.get(parent)
        if rows is None:
            rows = self._rows[parent] = {child: row for row, child in enumerate(self._children[parent])}
        return rows[key]

    def move(self, key: int, source: int, target: int, place: int) -> None:
        """One child to another parent."""
        self._children[source].remove(key)
        self._children.setdefault(target, []).insert(place, key)
        self._parents[key] = target
        self._rows.pop(source, None)
        self._rows.pop(target, None)


class Inventory:
    """Builds the branches from the cluster, in order and through the filter."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.filter_text = ""
        self._needle = ""
        self._order: list[VmId] | None = None
        self._name_keys: dict[VmId, NameKey] = {}
        self._names: dict[VmId, str] = {}
        self._owners: dict[VmId, NodeId] = {}
        self._passing: dict[VmId, bool] = {}
        self._things: tuple[object, ...] = ()

    def set_filter(self, text: str) -> bool:
        """Whether it is another filter than before."""
        needle = text.strip().casefold()
        self.filter_text, before, self._needle = text.strip(), self._needle, needle
        return needle != before

    def moved(self, refresh: Refresh) -> list[VmId] | None:
        """VMs with another owner than they are shown at; None where VMs are new or have another name."""
        vms = self._facts.cluster.vms
        for vm in refresh.vms:
            if self._names.get(vm) != vms[vm].name:
                return None
        return [vm for vm in refresh.vms if self._owners[vm] != vms[vm].owner]

    def note_owner(self, vm: VmId) -> None:
        """The VM is shown at its present owner from now on."""
        self._owners[vm] = self._facts.cluster.vms[vm].owner

    def forget_order(self) -> None:
        """VMs came, went or were renamed."""
        self._order = None

    @property
    def names_hold(self) -> bool:
        """Whether the VMs are those that were put in order, under the same names."""
        vms = self._facts.cluster.vms
        names = self._names
        return len(vms) == len(names) and all(names.get(vm) == record.name for vm, record in vms.items())

    def place_on(self, siblings: list[int], vm: VmId) -> int:
        """The row that keeps a node's VMs in order."""
        keys = [(self._name_keys[ref_of(key).vm], ref_of(key).number) for key in siblings]
        return bisect_left(keys, (self._name_keys[vm], int(vm)))

    def filter_differs(self, refresh: Refresh) -> bool:
        """Whether a change of state or owner lets a VM through the filter, or stops it."""
        return bool(refresh.nodes) or any(self._passes(vm) != self._passing.get(vm) for vm in refresh.vms)

    def things_differ(self) -> bool:
        """Whether LUNs, volumes, servers or links came or went, or have other names, since the branches were built."""
        return self._named_things() != self._things

    def _named_things(self) -> tuple[object, ...]:
        cluster = self._facts.cluster
        luns = tuple((lun.id, lun.name) for lun in cluster.luns.values())
        volumes = tuple((volume.id, volume.name) for volume in cluster.volumes.values())
        nodes = tuple((node.id, node.name) for node in cluster.nodes.values())
        return (cluster.has_shared_volumes, luns, volumes, nodes, tuple(cluster.links))

    def branches(self) -> Branches:
        """The tree as it is now."""
        self._things = self._named_things()
        children: dict[int, list[int]] = {
            tree_key(Ref(Kind.CLUSTER)): [
                tree_key(Ref(kind))
                for kind in Kind
                if Kind.CLUSTER < kind <= Kind.EVENTS
                # As in Failover Cluster Manager the container is there once somebody has enabled it.
                and (kind is not Kind.VOLUMES or self._facts.cluster.has_shared_volumes)
            ]
        }
        self._add_vms(children)
        self._add_storage(children)
        self._add_networks(children)
        return Branches(children)

    def _ordered(self) -> list[VmId]:
        if self._order is None:
            vms = self._facts.cluster.vms
            self._names = {vm.id: vm.name for vm in vms.values()}
            self._name_keys = {vm.id: name_key(vm.name) for vm in vms.values()}
            self._order = sorted(vms, key=lambda vm: (self._name_keys[vm], vm))
        return self._order

    def _add_vms(self, children: dict[int, list[int]]) -> None:
        cluster = self._facts.cluster
        order = self._ordered()
        self._owners = {vm.id: vm.owner for vm in cluster.vms.values()}
        self._passing = {vm: self._passes(vm) for vm in order} if self._needle else {}
        shown = [vm for vm in order if self._passing[vm]] if self._needle else order
        below: dict[NodeId, list[int]] = {node: [] for node in cluster.nodes}
        for vm in shown:
            below[self._owners[vm]].append(tree_key(vm_ref(vm), on_node=True))
        nodes = sorted(cluster.nodes.values(), key=lambda node: (name_key(node.name), node.id))
        if self._needle:
            nodes = [node for node in nodes if below[node.id] or self._node_passes(node.id)]
        children[tree_key(Ref(Kind.SERVICES))] = [tree_key(vm_ref(vm)) for vm in shown]
        children[tree_key(Ref(Kind.NODES))] = [tree_key(node_ref(node.id)) for node in nodes]
        for node in nodes:
            children[tree_key(node_ref(node.id))] = below[node.id]

    def _passes(self, vm: VmId) -> bool:
        return self._needle in self._facts.haystack(vm)

    def _node_passes(self, node: NodeId) -> bool:
        record = self._facts.cluster.nodes[node]
        return self._needle in record.name.casefold() or self._needle in node_state(record).casefold()

    def _add_storage(self, children: dict[int, list[int]]) -> None:
        cluster = self._facts.cluster
        sans: list[int] = []
        for san in sorted(cluster.sans.values(), key=lambda one: name_key(one.name)):
            luns = sorted((lun for lun in cluster.luns.values() if lun.san == san.id), key=lambda o: name_key(o.name))
            keys = [tree_key(Ref(Kind.LUN, lun.id)) for lun in luns if self._named(lun.name)]
            if keys or self._named(san.name):
                sans.append(tree_key(Ref(Kind.SAN, san.id)))
                children[sans[-1]] = keys
        volumes = sorted(cluster.volumes.values(), key=lambda one: name_key(one.name))
        children[tree_key(Ref(Kind.STORAGE))] = sans
        if cluster.has_shared_volumes:
            children[tree_key(Ref(Kind.VOLUMES))] = [
                tree_key(Ref(Kind.VOLUME, one.id)) for one in volumes if self._named(one.name)
            ]

    def _add_networks(self, children: dict[int, list[int]]) -> None:
        cluster = self._facts.cluster
        networks: list[int] = []
        by_network: dict[int, list[tuple[NameKey, Ref]]] = {}
        for link in cluster.links.values():
            name = node_name(cluster, link.node)
            if self._named(name) or self._named(cluster.networks[link.network].name):
                by_network.setdefault(link.network, []).append((name_key(name), link_ref(link.node, link.network)))
        for network in sorted(cluster.networks.values(), key=lambda one: name_key(one.name)):
            links = sorted(by_network.get(network.id, ()))
            if links or self._named(network.name):
                networks.append(tree_key(Ref(Kind.NETWORK, network.id)))
                children[networks[-1]] = [tree_key(ref) for _, ref in links]
        children[tree_key(Ref(Kind.NETWORKS))] = networks

    def _named(self, name: str) -> bool:
        return self._needle in name.casefold()
