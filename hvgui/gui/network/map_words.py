"""What the map says of a node, a network and a link."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.cluster import LinkKey
from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.networks import SLOW_LINK, Link
from hvgui.cluster.units import format_link_speed, format_rate
from hvgui.gui.facts import Facts
from hvgui.gui.figures import figure
from hvgui.gui.network.hearing import is_cut_off, loses_heartbeats
from hvgui.gui.network.words import partition_words, role_of
from hvgui.gui.node_words import node_state
from hvgui.gui.quorum.heartbeat_words import heartbeat_rows
from hvgui.gui.words import tr


@dataclass(frozen=True)
class Traffic:
    """What a link carries at the moment; below 0: not known yet."""

    sent_bytes_per_second: float
    received_bytes_per_second: float

    def share_of(self, link: Link) -> float:
        """The busier direction as a share of what the link carries, 0..1."""
        busiest = max(self.sent_bytes_per_second, self.received_bytes_per_second, 0.0)
        carries = link.goodput_bytes_per_second
        return min(1.0, busiest / carries) if carries > 0.0 else 0.0


def traffic_of(facts: Facts) -> dict[LinkKey, Traffic]:
    """What every link carries, out of the newest figures."""
    sample = facts.sample
    # Figures from before a server came or went are of other links.
    if sample is not None and len(sample.link_sent_bytes_per_second) != len(facts.cluster.links):
        sample = None
    sent = sample.link_sent_bytes_per_second if sample is not None else None
    received = sample.link_received_bytes_per_second if sample is not None else None
    return {
        key: Traffic(figure(sent, row), figure(received, row)) for row, key in enumerate(sorted(facts.cluster.links))
    }


def tone_of(link: Link) -> str:
    """`bad` where it is cut, `warning` where it is slow, else `accent`."""
    if not link.up:
        return "bad"
    return "warning" if link.bytes_per_second < SLOW_LINK else "accent"


def link_words(facts: Facts, key: LinkKey, traffic: Traffic) -> str:
    """A link in a few lines."""
    link = facts.cluster.links[key]
    node, network = facts.cluster.nodes[key[0]].name, facts.cluster.networks[key[1]].name
    lines = [
        tr("{node} to {network}: {speed}", node=node, network=network, speed=format_link_speed(link.bytes_per_second))
    ]
    if not link.up:
        lines.append(tr("Cut: nothing gets through. Right-click to restore it."))
    elif traffic.sent_bytes_per_second >= 0.0:
        lines.append(
            tr(
                "sends {sent}, receives {received} ({share} of what it carries)",
                sent=format_rate(traffic.sent_bytes_per_second),
                received=format_rate(max(0.0, traffic.received_bytes_per_second)),
                share=f"{traffic.share_of(link):.0%}",
            )
        )
    if link.up and loses_heartbeats(facts, key):
        lost = max(link.heartbeat_loss, facts.cluster.networks[key[1]].heartbeat_loss)
        lines.append(tr("Loses {share} of heartbeats.", share=f"{lost:.0%}"))
    if link.up and link.bytes_per_second < SLOW_LINK:
        lines.append(tr("Slow: one gigabit is the least that is advised for live migration."))
    if link.address:
        lines.append(link.address)
    return "\n".join(lines)


def network_words(facts: Facts, network: NetworkId) -> tuple[str, str]:
    """Its name, and below it what is wrong with it, or role and subnet."""
    record = facts.cluster.networks[network]
    wrong = partition_words(facts.cluster, record)
    if not wrong and record.heartbeat_loss:
        wrong = tr("Loses {share} of heartbeats", share=f"{record.heartbeat_loss:.0%}")
    return record.name, wrong or " · ".join(part for part in (role_of(record), record.address) if part)


def node_words(facts: Facts, node: NodeId) -> str:
    """Its state, and who hears it."""
    record = facts.cluster.nodes[node]
    state = tr("Cut off from the others") if is_cut_off(facts, node) else node_state(record)
    hearing = "\n".join(f"{caption}: {value}" for caption, value in heartbeat_rows(facts, node)[:-1])
    return f"{record.name}: {state}\n{hearing}"
