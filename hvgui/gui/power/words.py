"""Power saving in words: what it does at this moment, which nodes are off for it, what that has saved."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.load_watch import LoadWatch
from hvgui.cluster.membership import members
from hvgui.cluster.power_saving import PowerSaving, PowerStep, saved_kilowatt_hours, saved_node_seconds
from hvgui.cluster.units import format_seconds
from hvgui.gui.tips.words import hour_words
from hvgui.gui.wording import node_name
from hvgui.gui.words import counted, tr


def is_of_interest(cluster: Cluster) -> bool:
    """Whether the cluster saves power, or has."""
    nodes = cluster.nodes.values()
    return cluster.load_watch.saves_power or cluster.power.saved_ns > 0 or any(node.saves_power for node in nodes)


def power_rows(cluster: Cluster, now_ns: int) -> tuple[tuple[str, str], ...]:
    """The rows of the cluster's page."""
    settings = cluster.load_watch.power
    return (
        (tr("Now"), doing(cluster, now_ns)),
        (tr("Off to save power"), _off(cluster)),
        (tr("Saved so far"), saved_words(cluster, now_ns)),
        (tr("Assumed"), tr("a node takes {watts} W at rest", watts=f"{settings.node_watts:g}")),
    )


def doing(cluster: Cluster, now_ns: int) -> str:
    """What it does."""
    course, settings = cluster.power, cluster.load_watch.power
    if course.step is PowerStep.EMPTYING and course.node is not None:
        return tr("{node} gives its VMs away, to be switched off", node=node_name(cluster, course.node))
    if course.woken:
        names = ", ".join(node_name(cluster, node) for node in course.woken)
        return tr("switches on: {nodes}", nodes=names)
    if not cluster.load_watch.saves_power:
        return tr("switched off")
    if not settings.may_act_at(now_ns):
        return tr("waits for its hours ({hours})", hours=hours_words(settings))
    off = sum(node.saves_power for node in cluster.nodes.values())
    if off >= _most_off(cluster, cluster.load_watch):
        return tr("as many nodes are off as may be") if off else tr("no node may be off")
    return tr("looks for nodes that nobody needs")


def _most_off(cluster: Cluster, watch: LoadWatch) -> int:
    """How many nodes the settings let be off at once; quorum and cover may allow fewer."""
    count = len(members(cluster))
    return max(0, count - max(2, watch.power.least_in_service(count)))


def _off(cluster: Cluster) -> str:
    names = [node.name for node in cluster.nodes.values() if node.saves_power]
    return ", ".join(names) or tr("none")


def saved_words(cluster: Cluster, now_ns: int) -> str:
    """The estimate, and the time that it comes from."""
    nodes = tuple(cluster.nodes.values())
    seconds = saved_node_seconds(cluster.power, nodes, now_ns)
    energy = saved_kilowatt_hours(cluster.load_watch.power, cluster.power, nodes, now_ns)
    return tr("about {energy} kWh (nodes off for {time})", energy=f"{energy:,.2f}", time=format_seconds(seconds))


def hours_words(settings: PowerSaving) -> str:
    """The hours as a span."""
    if settings.from_hour is None or settings.until_hour is None:
        return tr("all day")
    return f"{hour_words(settings.from_hour)}-{hour_words(settings.until_hour)}"


def meaning(cluster: Cluster, watch: LoadWatch) -> str:
    """What the settings mean for a cluster of so many nodes."""
    count, most = len(members(cluster)), _most_off(cluster, watch)
    if not most:
        return tr("Of {count} nodes none is switched off.", count=count)
    may = counted(most, "{count} may be off", "{count} may be off")
    return tr("Of {count} nodes {may} at once, as far as quorum and cover allow.", count=count, may=may)
