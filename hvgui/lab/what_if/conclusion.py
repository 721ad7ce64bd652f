"""What all trials say together: how many nodes may be lost at once, whichever they are, and the worst that happens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hvgui.cluster.ids import NodeId
from hvgui.cluster.what_if import WhatIfKind, WhatIfOutcome


def survived(outcomes: Sequence[WhatIfOutcome], up: int) -> int:
    """The greatest number of nodes of which any may be lost together, as far as every such loss was tried. `up`: nodes
    that there are to lose."""
    survives = 0
    for count in range(1, up + 1):
        losses = _losses(outcomes, count)
        if len(losses) < math.comb(up, count) or not all(one.is_survived for one in losses):
            break
        survives = count
    return survives


def conclusion(cluster: str, names: Mapping[NodeId, str], up: int, outcomes: Sequence[WhatIfOutcome]) -> str:
    """The verdict as a sentence."""
    crashes = [outcome for outcome in outcomes if outcome.case.kind is WhatIfKind.CRASH]
    if not crashes:
        return "No crash was tried."
    survives = survived(outcomes, up)
    good = f"{cluster} survives the loss of any {_nodes(survives)}: every VM runs again" if survives else ""
    bad = [one for one in crashes if not one.is_survived]
    if not bad:
        return _all_well(cluster, good, crashes, survives, up)
    fewest = min(len(one.case.nodes) for one in bad)
    worst = max((one for one in bad if len(one.case.nodes) == fewest), key=_badness)
    lost = " and ".join(names[node] for node in worst.case.nodes)
    begins = f"{good}, but not" if good else f"{cluster} does not survive"
    if fewest > survives + 1:
        # Not every smaller loss was tried.
        return f"{begins} the loss of {lost} together: it {_damage(worst)}."
    if len(_losses(outcomes, fewest)) < math.comb(up, fewest):
        return f"{begins} the loss of {lost}: it {_damage(worst)}."
    return f"{begins} the loss of any {_nodes(fewest)}: that of {lost} {_damage(worst)}."


def _losses(outcomes: Sequence[WhatIfOutcome], count: int) -> list[WhatIfOutcome]:
    return [one for one in outcomes if one.case.kind is WhatIfKind.CRASH and len(one.case.nodes) == count]


def _all_well(cluster: str, good: str, crashes: Sequence[WhatIfOutcome], survives: int, up: int) -> str:
    """Nothing that was tried ended badly; not everything may have been."""
    more = max(len(one.case.nodes) for one in crashes)
    if more <= survives:
        return f"{good}."
    tried = len([one for one in crashes if len(one.case.nodes) > survives])
    whole = math.comb(up, more)
    begins = f"{good}. Of" if good else f"{cluster} survives what was tried. Of"
    return f"{begins} {whole} losses of {_nodes(more)} only {tried} {'was' if tried == 1 else 'were'} tried."


def _badness(one: WhatIfOutcome) -> tuple[bool, int]:
    return not one.has_quorum, len(one.stays_down)


def _damage(one: WhatIfOutcome) -> str:
    if one.refused:
        return f"could not be tried ({one.refused.rstrip('.')})"
    return "takes the quorum" if not one.has_quorum else f"leaves {_vms(len(one.stays_down))} down"


def _nodes(count: int) -> str:
    return "one node" if count == 1 else f"{count} nodes"


def _vms(count: int) -> str:
    return "a VM" if count == 1 else f"{count} VMs"
