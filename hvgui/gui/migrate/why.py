"""Why a node has so many stars: what would be left of each resource, what decides, and what stands in the way.

As a table for the hover, and as plain sentences for the keyboard and for who does not see them.
"""

from __future__ import annotations

from html import escape

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster
from hvgui.gui.migrate.stars import stars_words
from hvgui.gui.theme import colours
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr
from hvgui.requests.problems import Problem, Severity, blockers
from hvgui.requests.targets import Left, Resource, Target

_RESOURCES = {
    Resource.MEMORY: "Memory",
    Resource.PROCESSORS: "Processors",
    Resource.VIRTUAL_PROCESSORS: "Virtual processors",
    Resource.NETWORK: "Network",
    Resource.DISK: "Disk",
}
POLICIES = {Policy.SPREAD: "to spread the load", Policy.PACK: "to pack VMs on few nodes"}
_BAR = 70
"""The width of a bar that is full."""
_SCARCE, _LOW = 0.1, 0.25


def why_text(cluster: Cluster, target: Target) -> str:
    """A sentence a line."""
    name = node_name(cluster, target.node)
    if not target.is_suitable:
        refusals = blockers(target.problems)
        return "\n".join((tr("{node}: not suitable", node=name), *(str(one) for one in refusals)))
    head = tr("{node}: {stars}, {policy}", node=name, stars=stars_words(target.stars), policy=_policy(target))
    lines = [_sentence(left, decides=number == 0) for number, left in enumerate(target.lefts)]
    return "\n".join((head, *lines, _cover(cluster, target), *(str(one) for one in target.problems)))


def why_html(cluster: Cluster, target: Target) -> str:
    """For a hover: the figures as a table with bars, rules with their signs below."""
    scheme, name = colours(), escape(node_name(cluster, target.node))
    if not target.is_suitable:
        head = tr("not suitable")
        rules = "".join(_rule(one) for one in blockers(target.problems))
        return f"<p><b>{name}</b> &nbsp; <span style='color:{scheme.bad}'>{escape(head)}</span></p>{rules}"
    head = f"{escape(stars_words(target.stars))}, {escape(_policy(target))}"
    rows = "".join(_row(left, decides=number == 0) for number, left in enumerate(target.lefts))
    tint = scheme.warning if target.uncovered else scheme.good
    sign = "&#9888;" if target.uncovered else "&#10003;"
    cover = f"<p><span style='color:{tint}'>{sign}</span> {escape(_cover(cluster, target))}</p>"
    rules = "".join(_rule(one) for one in target.problems)
    return f"<p><b>{name}</b> &nbsp; {head}</p><table cellspacing='0' cellpadding='2'>{rows}</table>{cover}{rules}"


def _policy(target: Target) -> str:
    return tr(POLICIES[target.policy])


def _sentence(left: Left, *, decides: bool) -> str:
    free, whole = left.amounts
    what = tr(_RESOURCES[left.resource])
    text = tr(
        "{what}: {free} of {whole} would be left ({share})", what=what, free=free, whole=whole, share=_share(left)
    )
    return f"{text}, {tr('which decides')}" if decides else text


def _share(left: Left) -> str:
    return f"{max(0.0, left.share):.0%}"


def _row(left: Left, *, decides: bool) -> str:
    scheme = colours()
    free, whole = left.amounts
    what = escape(tr(_RESOURCES[left.resource]))
    full = round(_BAR * min(1.0, max(0.0, left.share)))
    tint = scheme.bad if left.share < _SCARCE else scheme.warning if left.share < _LOW else scheme.good
    bar = f"<td width='{full}' bgcolor='{tint}'></td>" if full else ""
    rest = f"<td width='{_BAR - full}' bgcolor='{scheme.border}'></td>" if full < _BAR else ""
    figures = escape(tr("{free} of {whole} left", free=free, whole=whole))
    cells = (
        f"<b>{what}</b>" if decides else what,
        f"<table cellspacing='0' cellpadding='0' style='margin-top:5px'><tr>{bar}{rest}</tr></table>",
        f"<b>{_share(left)}</b>" if decides else _share(left),
        figures,
        f"<i>{escape(tr('decides'))}</i>" if decides else "",
    )
    return (
        "<tr>"
        + "".join(f"<td valign='middle' style='white-space:nowrap'>{cell} &nbsp;</td>" for cell in cells)
        + "</tr>"
    )


def _cover(cluster: Cluster, target: Target) -> str:
    if not target.uncovered:
        return tr("Whichever node fails, the others take over as much as before.")
    names = ", ".join(node_name(cluster, node) for node in target.uncovered[:3])
    return tr("If {nodes} failed, the others could no longer take over all its VMs: a star less.", nodes=names)


def _rule(problem: Problem) -> str:
    scheme = colours()
    blocks = problem.severity is Severity.BLOCKER
    tint, sign = (scheme.bad, "&#10007;") if blocks else (scheme.warning, "&#9888;")
    return f"<p><span style='color:{tint}'>{sign}</span> {escape(str(problem))}</p>"
