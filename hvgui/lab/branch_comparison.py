"""What differs between the clusters of two branches, object by object, in words and as records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import Link
from hvgui.cluster.nodes import Node
from hvgui.cluster.storage import Volume
from hvgui.cluster.units import format_bytes, format_clock, format_link_speed
from hvgui.engine import checkpoint
from hvgui.lab.frames import Comparison, Difference

_Facts = dict[str, str]
_NOBODY = "unknown"
_WORDS = {"vm": "VM"}
MOST_SENTENCES = 500
"""So many differences are told in words; the records hold all."""


def compared(draft: Comparison, first: bytes, second: bytes) -> Comparison:
    """The comparison completed from both worlds, given as checkpoint bytes. Raises ValueError."""
    one, other = checkpoint.restore(first).cluster, checkpoint.restore(second).cluster
    differences = tuple(_differences(draft.first.name, one, draft.second.name, other))
    return replace(draft, differences=differences, sentences=tuple(_sentences(draft, differences)))


def _differences(first: str, one: Cluster, second: str, other: Cluster) -> Iterator[Difference]:
    kinds: tuple[tuple[str, Mapping[Any, Any], Mapping[Any, Any], Callable[[Cluster, Any], _Facts]], ...] = (
        ("vm", one.vms, other.vms, _of_vm),
        ("node", one.nodes, other.nodes, _of_node),
        ("volume", one.volumes, other.volumes, _of_volume),
        ("link", one.links, other.links, _of_link),
    )
    for kind, here, there, facts in kinds:
        for key in sorted({*here, *there}):
            record = here.get(key) or there[key]
            name, number = _named(one if key in here else other, record)
            left = facts(one, here[key]) if key in here else {}
            right = facts(other, there[key]) if key in there else {}
            for what in left if left else right:
                if left.get(what, "") != right.get(what, ""):
                    values = left.get(what, ""), right.get(what, "")
                    about = f"{name}: {what} is"
                    text = f"{about} {values[0] or _NOBODY} in {first}, {values[1] or _NOBODY} in {second}."
                    if not right:
                        text = f"{about} {values[0]} in {first}; there is no such {_WORDS.get(kind, kind)} in {second}."
                    elif not left:
                        text = f"{about} {values[1]} in {second}; there is no such {_WORDS.get(kind, kind)} in {first}."
                    yield Difference(kind, number, name, what, *values, text)


def _of_vm(cluster: Cluster, vm: VirtualMachine) -> _Facts:
    node = cluster.nodes.get(vm.owner)
    return {
        "owner node": node.name if node is not None else f"node no. {vm.owner}",
        "state": vm.state.value,
        "assigned memory": format_bytes(vm.assigned_bytes),
    }


def _of_node(_: Cluster, node: Node) -> _Facts:
    return {"state": node.state.value}


def _of_volume(cluster: Cluster, volume: Volume) -> _Facts:
    node = cluster.nodes.get(volume.coordinator)
    return {"coordinator": node.name if node is not None else "", "used": format_bytes(volume.used_bytes)}


def _of_link(_: Cluster, link: Link) -> _Facts:
    return {"link": "up" if link.up else "down", "speed": format_link_speed(link.goodput_bytes_per_second)}


def _named(cluster: Cluster, record: VirtualMachine | Node | Volume | Link) -> tuple[str, int]:
    if not isinstance(record, Link):
        return record.name, int(record.id)
    node, network = cluster.nodes.get(record.node), cluster.networks.get(record.network)
    name = f"{node.name if node else record.node}'s link to {network.name if network else record.network}"
    return name, int(record.node)


def _sentences(draft: Comparison, differences: tuple[Difference, ...]) -> Iterator[str]:
    first, second = draft.first.name, draft.second.name
    yield (
        f"{first} at {format_clock(draft.first_ns)} and {second} at {format_clock(draft.second_ns)}: their past is"
        f" one up to {format_clock(draft.parted_ns)}."
    )
    for name, commands in ((first, draft.only_in_first), (second, draft.only_in_second)):
        for command in commands[:MOST_SENTENCES]:
            yield f"Only in {name}: {command.title}, at {format_clock(command.time_ns)}."
    for difference in differences[:MOST_SENTENCES]:
        yield difference.sentence
    if len(differences) > MOST_SENTENCES:
        yield f"... and {len(differences) - MOST_SENTENCES} more differences."
    if not differences:
        yield "Their clusters do not differ in owners, states, memory, volumes and links."
