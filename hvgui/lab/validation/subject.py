"""What a validation looks at: a cluster that stands still, and what the tests ask of it again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TypeVar

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NetworkId, NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import Link, Network, NetworkRole
from hvgui.cluster.nodes import Node
from hvgui.cluster.storage import Lun, LunUse
from hvgui.cluster.storage_access import is_working, lun_is_online
from hvgui.cluster.validation import ValidationFinding, Verdict
from hvgui.exchange.generated import Platform

T = TypeVar("T")
_BETWEEN_BREATHS = 64
"""Items that a test goes through before it draws breath."""


class Subject:
    """A cluster under test. It is not changed; what the tests need more than once is worked out once."""

    def __init__(
        self,
        cluster: Cluster,
        take_offline: frozenset[LunId] = frozenset(),
        *,
        is_formed: bool = True,
        breathe: Callable[[], None] = lambda: None,
    ) -> None:
        self.cluster = cluster
        self.take_offline = take_offline
        self.is_formed = is_formed
        """False: these are servers that are to become a cluster."""
        self._breathe = breathe

    def each(self, items: Iterable[T]) -> Iterator[T]:
        """The items one by one, with a breath now and then for whoever shares the processor, or calls it off."""
        for number, item in enumerate(items):
            if number % _BETWEEN_BREATHS == 0:
                self._breathe()
            yield item

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Nodes that can be asked: those that take part, or all where there is no cluster yet."""
        return tuple(node for node in self.members if not self.is_formed or is_working(self.cluster, node.id))

    @cached_property
    def members(self) -> tuple[Node, ...]:
        """Nodes that belong to the cluster, up or down; servers that were evicted are none of its business."""
        return tuple(node for node in self.cluster.nodes.values() if node.is_member)

    @cached_property
    def silent_nodes(self) -> tuple[Node, ...]:
        """Nodes that can't be asked."""
        asked = {node.id for node in self.nodes}
        return tuple(node for node in self.members if node.id not in asked)

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """Networks that the cluster may use."""
        return tuple(one for one in self.cluster.networks.values() if one.role is not NetworkRole.NONE)

    def link(self, node: NodeId, network: NetworkId) -> Link | None:
        """A node's link to a network, where it is there, up, and carries something."""
        link = self.cluster.links.get((node, network))
        return link if link is not None and link.goodput_bytes_per_second > 0 else None

    @cached_property
    def in_use(self) -> frozenset[LunId]:
        """LUNs that are online and that somebody uses: tests of disks leave them alone unless they may take them.

        Before there is a cluster nobody uses a disk.
        """
        if not self.is_formed:
            return frozenset()
        return frozenset(
            lun.id
            for lun in self.cluster.luns.values()
            if (lun.use is not LunUse.AVAILABLE or self.cluster.vms_on_lun(lun.id))
            and lun_is_online(self.cluster, lun.id)
        )

    @cached_property
    def tested_disks(self) -> tuple[Lun, ...]:
        """LUNs that tests of disks work on."""
        skipped = self.in_use - self.take_offline
        return tuple(lun for lun in self.cluster.luns.values() if lun.id not in skipped)

    @cached_property
    def clustered_vms(self) -> tuple[VirtualMachine, ...]:
        """VMs that are highly available."""
        return tuple(vm for vm in self.each(self.cluster.vms.values()) if vm.highly_available and not vm.is_template)

    def system_of(self, node: Node) -> str:
        """The name of the node's operating system."""
        return node.installation.system or Platform.of(self.cluster.profile).server

    def name(self, node: NodeId) -> str:
        """The name of a node that is there."""
        return self.cluster.nodes[node].name


def failed(about: str, sentence: str, remedy: str = "") -> ValidationFinding:
    """What makes a test fail."""
    return ValidationFinding(Verdict.FAILED, about, sentence, remedy)


def warned(about: str, sentence: str, remedy: str = "") -> ValidationFinding:
    """What a test warns of."""
    return ValidationFinding(Verdict.WARNING, about, sentence, remedy)


def noted(about: str, sentence: str) -> ValidationFinding:
    """Good to know; nothing is wrong."""
    return ValidationFinding(Verdict.SUCCESS, about, sentence)


def named(names: Iterable[str], most: int = 4) -> str:
    """`A`, `A and B`, `A, B, C, D and 5 more`."""
    found = list(names)
    if len(found) > most:
        return f"{', '.join(found[:most])} and {len(found) - most:,} more"
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else "none"
