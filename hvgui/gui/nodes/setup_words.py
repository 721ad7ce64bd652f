"""How a node is set up, in words: what is wrong with it, and whether its firmware lets VMs run."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.misconfigurations import Misconfiguration, is_wrong
from hvgui.cluster.nodes import Node
from hvgui.gui.words import tr


def setup_words(cluster: Cluster, node: Node) -> str:
    """Everything in which a node is set up wrongly, or otherwise than the others: `firewall, driver`."""
    wrong = [tr(what.value) for what in Misconfiguration if is_wrong(cluster, node, what)]
    return ", ".join(wrong) or tr("nothing")


def virtualisation_words(node: Node) -> str:
    """Whether the processors' virtualisation is switched on, and what a next start changes."""
    now = tr("on") if node.hardware_virtualisation else tr("off")
    if node.virtualisation_at_start is None:
        return now
    then = tr("on") if node.virtualisation_at_start else tr("off")
    return tr("{now}; {then} from its next start", now=now, then=then)
