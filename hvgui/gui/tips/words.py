"""The load watch in words: its settings, a tip's state, what a node is short of."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load_watch import PATIENCE, LoadWatch, Tip, TipState, WatchedResource, WatchMode
from hvgui.gui.node_words import node_state, node_tone
from hvgui.gui.words import counted, tr

MODES = {
    WatchMode.OFF: ("Off", "Nothing is watched."),
    WatchMode.MANUAL: ("Manual", "Overloaded nodes raise tips, which wait for you."),
    WatchMode.AUTOMATIC: ("Automatic", "Tips are carried out by themselves, as live migrations."),
}
RESOURCES = {
    WatchedResource.PROCESSORS: "Processors",
    WatchedResource.MEMORY: "Memory",
    WatchedResource.DISK: "Disk",
    WatchedResource.NETWORK: "Network",
}
LEVELS = {1: "seldom", 2: "rather seldom", 3: "balanced", 4: "rather soon", 5: "soon"}
"""What each aggressiveness is called; what it means is said by `patience_words`."""
OVERLOADED_ICON = ("flame", "warning")


def share_words(share: float) -> str:
    """A share as `91 %`."""
    return f"{share * 100:.0f} %"


def span_words(seconds: float) -> str:
    """A span of whole seconds, minutes or hours: `45 s`, `5 min`, `1 h 30 min`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{rest} s" if rest else ""]
    return " ".join(part for part in parts if part) or "0 s"


def hour_words(hour: float) -> str:
    """An hour of the lab's day as `06:30`."""
    minutes = round(hour * 60) % (24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def quiet_words(watch: LoadWatch) -> str:
    """The hours in which the automatic moves VMs; empty: at all hours."""
    if watch.quiet_from_hour is None or watch.quiet_until_hour is None:
        return ""
    return tr(
        "between {begin} and {end}", begin=hour_words(watch.quiet_from_hour), end=hour_words(watch.quiet_until_hour)
    )


def level_words(level: int) -> str:
    """An aggressiveness with its name: `3 (balanced)`."""
    return f"{level} ({tr(LEVELS[level])})" if level in LEVELS else str(level)


def patience_words(watch: LoadWatch) -> str:
    """What the aggressiveness means with this window."""
    patience = PATIENCE.get(watch.aggressiveness)
    if patience is None:
        return ""
    return tr(
        "A tip comes once the mean has stood above its limit for {span}. Whoever is given a VM stays {margin} below"
        " every limit with it.",
        span=span_words(patience.samples * watch.sample_seconds),
        margin=share_words(patience.margin),
    )


def watch_words(watch: LoadWatch) -> str:
    """The settings as one line."""
    if watch.mode is WatchMode.OFF:
        return tr("The load watch is off: no node raises a tip.")
    hours = quiet_words(watch)
    mode = tr(MODES[watch.mode][0]).lower()
    acts = f"{mode} {hours}" if hours and watch.mode is WatchMode.AUTOMATIC else mode
    return tr(
        "The load watch is {mode}: means over {window}, aggressiveness {level}.",
        mode=acts,
        window=span_words(watch.window_seconds),
        level=level_words(watch.aggressiveness),
    )


def open_tips(cluster: Cluster) -> tuple[Tip, ...]:
    """Those that wait for somebody, or are being carried out."""
    return tuple(tip for tip in cluster.tips.all if tip.state is not TipState.DISMISSED)


def badge_words(cluster: Cluster) -> str:
    """`2 tips`; empty where there is none."""
    number = len(open_tips(cluster))
    return counted(number, "{count} tip", "{count} tips") if number else ""


def is_overloaded(cluster: Cluster, node: NodeId) -> bool:
    """Whether a node that is up and well otherwise has a tip, dismissed or not."""
    return cluster.tips.of(node) is not None and node_tone(cluster.nodes[node]) == "good"


def short_node_words(cluster: Cluster, node: NodeId) -> str:
    """Where there is little room: a node's state, or `Overloaded`."""
    return tr("Overloaded") if is_overloaded(cluster, node) else node_state(cluster.nodes[node])


def node_words(cluster: Cluster, node: NodeId) -> str:
    """A node's state, and what it is short of by its tip: `Up, short of processors`."""
    if cluster.power.node == node:
        return tr("Draining, to be switched off and save power")
    state, tip = node_state(cluster.nodes[node]), cluster.tips.of(node)
    if tip is None or not is_overloaded(cluster, node):
        return state
    return tr("{state}, short of {what}", state=state, what=tr(RESOURCES[tip.resource]).lower())


def move_words(cluster: Cluster, tip: Tip) -> str:
    """The move that a tip proposes."""
    vm = cluster.vms.get(tip.vm) if tip.vm is not None else None
    source, target = (cluster.nodes.get(one) if one is not None else None for one in (tip.node, tip.target))
    if vm is None or source is None or target is None:
        return tr("No VM can be moved away so that it helps. Add a node, stop VMs there, or raise the limit.")
    return tr("Live migrate {vm} from {source} to {target}", vm=vm.name, source=source.name, target=target.name)


def waiting_words(cluster: Cluster, tip: Tip, time_ns: int) -> str:
    """What becomes of a tip that is open, if nobody does anything."""
    watch = cluster.load_watch
    if watch.mode is not WatchMode.AUTOMATIC or tip.vm is None:
        return tr("Open")
    if watch.acts_at(time_ns):
        return tr("Is carried out by itself as soon as both nodes take part in no other migration")
    return tr("Waits for the quiet hours, from {hour}", hour=hour_words(watch.quiet_from_hour or 0.0))


def dismissed_words(watch: LoadWatch, tip: Tip) -> str:
    """How long a dismissed tip stays away."""
    ease = share_words(max(0.0, tip.limit - watch.hysteresis))
    return tr("Dismissed; it stays away until the mean falls below {ease}", ease=ease)
