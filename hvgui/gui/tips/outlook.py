"""What settings of the load watch would say of the loads as they are."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.load_watch import LoadWatch, WatchedResource
from hvgui.cluster.watch_figures import WatchFigures
from hvgui.gui.inventory_order import name_key
from hvgui.gui.tips.words import RESOURCES, share_words, span_words
from hvgui.gui.words import counted, tr

_MOST_NAMED = 3


def outlook(cluster: Cluster, figures: WatchFigures, watch: LoadWatch) -> tuple[str, str]:
    """A sentence and its tone: which nodes stand above these limits now; where none does, which is nearest."""
    found = _pressures(cluster, figures, watch)
    when = _when(cluster, figures)
    if not found:
        return (tr("No node is up."), "")
    above = [what for pressure, what, _ in found if pressure > 1.0]
    if not above:
        _, nearest, limit = found[0]
        words = tr("With these limits no node is overloaded {when}; nearest is {what} (limit {limit}).")
        return (words.format(when=when, what=nearest, limit=limit), "")
    named, more = ", ".join(above[:_MOST_NAMED]), len(above) - _MOST_NAMED
    if more > 0:
        named += counted(more, " and {count} more", " and {count} more")
    return (tr("With these limits, overloaded {when}: {named}.", when=when, named=named), "warning")


def _pressures(cluster: Cluster, figures: WatchFigures, watch: LoadWatch) -> list[tuple[float, str, str]]:
    """Of every node and resource: the mean as a part of its limit, both in words; the worst first."""
    found: list[tuple[float, str, str]] = []
    for node in sorted(cluster.nodes.values(), key=lambda one: name_key(one.name)):
        for resource in WatchedResource if node.is_up else ():
            share, bound = figures.share(resource, node.id), watch.limit(resource)
            words = tr("{node}: {share} of its {what}")
            what = tr(RESOURCES[resource]).lower()
            words = words.format(node=node.name, share=share_words(share), what=what)
            found.append((share / bound, words, share_words(bound)))
    return sorted(found, key=lambda one: -one[0])


def _when(cluster: Cluster, figures: WatchFigures) -> str:
    """What the figures are of: the window as it is set now, as far as it is full."""
    most = int(figures.filled.max()) if len(figures.filled) else 0
    if not most:
        return tr("at this moment")
    return tr("over the last {span}", span=span_words(most * cluster.load_watch.sample_seconds))
