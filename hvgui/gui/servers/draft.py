"""What the wizard that adds a node has been told so far, what it will ask for, and what that comes to."""

from __future__ import annotations

import re

import msgspec
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import LONGEST_COMPUTER_NAME
from hvgui.cluster.ids import NodeId
from hvgui.cluster.membership import members, model_of
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import Node, NodeState, ServiceState
from hvgui.cluster.units import format_bytes, format_link_speed, format_rate
from hvgui.gui.words import tr
from hvgui.requests.new_server import NewServer
from hvgui.requests.node_service import AddNode
from hvgui.requests.problems import Problem, Severity, blockers
from hvgui.requests.request import Request

_SAID_ONCE_MORE = frozenset({"no-domain", "no-virtualisation", "no-link"})
"""What is warned of a new server, and what adding it says again, or forbids."""
_NUMBER = re.compile(r"(.*?)(\d+)")


class AddDraft(msgspec.Struct, frozen=True):
    """A server of the lab, or a new one."""

    known: NodeId | None = None
    """None: a new one."""
    server: NewServer = NewServer("")

    @property
    def adds(self) -> bool:
        """Whether it becomes a member at once: one that is off is only brought in."""
        return self.known is not None or self.server.has_power

    def node(self, cluster: Cluster) -> NodeId:
        """The number that it has, or will have."""
        return self.server.id_in(cluster) if self.known is None else self.known

    def requests(self, cluster: Cluster) -> tuple[Request, ...]:
        """What is asked for, in this order."""
        brought = () if self.known is not None else (self.server,)
        return (*brought, *((AddNode(self.node(cluster)),) if self.adds else ()))


def outside(cluster: Cluster) -> tuple[Node, ...]:
    """Servers of the lab that are not in the cluster."""
    return tuple(node for node in cluster.nodes.values() if not node.is_member)


def first_draft(cluster: Cluster) -> AddDraft:
    """A server that is not in the cluster; where there is none, a new one like the first node."""
    waiting = outside(cluster)
    return AddDraft(waiting[0].id if waiting else None, like(cluster, NewServer(next_name(cluster))))


def like(cluster: Cluster, server: NewServer) -> NewServer:
    """The server with all that was left open as it will be: of the node that it is like."""
    template = server.template(cluster)
    return replace(
        server,
        like=None if template is None else template.id,
        memory_bytes=server.server(cluster).memory_bytes,
        links=server.all_links(cluster),
        paths=server.all_paths(cluster),
    )


def next_name(cluster: Cluster) -> str:
    """The name that follows those of the nodes: NODE3 after NODE1 and NODE2."""
    taken = {node.name.lower() for node in cluster.nodes.values()} | {cluster.name.lower()}
    found = [one for node in cluster.nodes.values() if (one := _NUMBER.fullmatch(node.name)) is not None]
    stem, digits = max(((one[1], one[2]) for one in found), key=lambda pair: int(pair[1]), default=("NODE", "0"))
    for number in range(int(digits) + 1, int(digits) + 1000):
        name = f"{stem}{number:0{len(digits)}d}"
        if name.lower() not in taken and len(name) <= LONGEST_COMPUTER_NAME:
            return name
    return ""


def brought_in(draft: AddDraft, cluster: Cluster) -> Cluster:
    """The cluster with the server beside it."""
    copy = cluster.fork()
    if draft.known is None:
        for record in draft.server.records(cluster):
            copy.put(record)
    return copy


def joined(draft: AddDraft, cluster: Cluster) -> Cluster:
    """The cluster with the server as a node that is up: what is validated, on a copy."""
    copy = brought_in(draft, cluster)
    node = copy.nodes[draft.node(cluster)]
    copy.put(replace(node, is_member=True, has_vote=True, state=NodeState.UP, service=ServiceState.RUNNING))
    return copy


def problems(draft: AddDraft, cluster: Cluster) -> tuple[Problem, ...]:
    """What stands in the way of it, or should be known, each once."""
    if draft.known is not None:
        return AddNode(draft.known).check(cluster)
    found = draft.server.check(cluster)
    if blockers(found) or not draft.adds:
        return found
    adding = AddNode(draft.node(cluster)).check(brought_in(draft, cluster))
    return (*adding, *(one for one in found if one.code not in _SAID_ONCE_MORE or not adding))


def warnings(found: tuple[Problem, ...]) -> tuple[str, ...]:
    """What should be known, as sentences."""
    return tuple(dict.fromkeys(str(one) for one in found if one.severity is Severity.WARNING))


def said(draft: AddDraft, cluster: Cluster) -> list[str]:
    """What will be, a line each."""
    after = brought_in(draft, cluster)
    node = after.nodes[draft.node(cluster)]
    lines = [_hardware(node, is_new=draft.known is None), *_cables(after, node.id)]
    if node.domain:
        lines.append(tr("It is a member of the domain {domain}.", domain=node.domain))
    if not draft.adds:
        lines.append(tr("It is switched off: power it on, then add it to the cluster."))
        return lines
    number, most = len(members(cluster)) + 1, cluster.profile.limits.nodes
    lines.append(
        tr(
            "{cluster} has {number} nodes then; {profile} allows {most}.",
            cluster=cluster.name,
            number=number,
            profile=cluster.profile.name,
            most=most,
        )
    )
    before, then = model_of(cluster), model_of(joined(draft, cluster))
    if before is not then:
        lines.append(tr("Nobody has chosen its quorum: that becomes {model}.", model=then.value))
    return lines


def _hardware(node: Node, *, is_new: bool) -> str:
    words = {
        "name": node.name,
        "sockets": node.processor.sockets,
        "model": node.processor.model,
        "logical": node.processor.logical,
        "memory": format_bytes(node.memory_bytes),
    }
    if is_new:
        return tr("A new server {name}: {sockets} × {model} ({logical} logical processors), {memory}.", **words)
    return tr("The server {name}: {sockets} × {model} ({logical} logical processors), {memory}.", **words)


def _cables(after: Cluster, node: NodeId) -> list[str]:
    links = [
        f"{after.networks[key[1]].name} ({format_link_speed(link.bytes_per_second)})"
        for key, link in sorted(after.links.items())
        if key[0] == node
    ]
    paths = []
    for san in after.sans.values():
        path = after.paths.get((node, san.id))
        if path is None or path.up:
            speed = san.bytes_per_second if path is None else path.bytes_per_second
            paths.append(f"{san.name} ({format_rate(speed)})")
    lines = [tr("Linked to {networks}.", networks=", ".join(links))] if links else [tr("Linked to no network.")]
    if after.sans:
        lines.append(tr("Connected to {sans}.", sans=", ".join(paths)) if paths else tr("Connected to no SAN."))
    return lines


def role_words(role: NetworkRole) -> str:
    """What a network carries, in a few words."""
    return {
        NetworkRole.CLUSTER_AND_CLIENT: tr("cluster and client"),
        NetworkRole.CLUSTER_ONLY: tr("cluster only"),
        NetworkRole.NONE: tr("not for the cluster"),
    }[role]
