"""`hvgui inventory`: a real cluster's inventory becomes a lab, and whatever did not fit is listed."""

from __future__ import annotations

from collections import Counter

from hvgui.cli.exits import WELL, BadInputError
from hvgui.cli.labs import write_lab
from hvgui.cli.options import Options
from hvgui.cli.outputs import check_output
from hvgui.cli.terminal import say, say_lines
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.events import Level
from hvgui.exchange.findings import Finding
from hvgui.exchange.inventory import InventoryError, read_inventory

_WORDS = {Level.ERROR: "left out", Level.WARNING: "doubtful", Level.INFORMATION: "assumed"}


def take_inventory(options: Options) -> int:
    """Reads the inventory, writes the lab, prints the findings."""
    path = options.lab
    if path is None:
        raise BadInputError("name the lab to write with -o LAB.hvlab.")
    check_output(path, overwrite=options.force)
    try:
        imported = read_inventory(options.file)
    except InventoryError as error:
        raise BadInputError(str(error)) from None
    write_lab(imported.record, path, seed=1, name=imported.record.name)
    say_lines(_report(imported.record, imported.findings))
    say(f"The lab is in {path}.")
    return WELL


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _report(record: ClusterRecord, findings: tuple[Finding, ...]) -> list[str]:
    counted = (
        (len(record.nodes), "node"),
        (len(record.vms), "VM"),
        (len(record.volumes), "Cluster Shared Volume"),
        (len(record.networks), "network"),
    )
    lines = [f"{record.name} ({record.profile.name}): {', '.join(_counted(number, what) for number, what in counted)}."]
    if not findings:
        return [*lines, "Everything fitted."]
    totals = Counter(finding.severity for finding in findings)
    lines.append(", ".join(f"{totals[level]:,} {word}" for level, word in _WORDS.items() if totals[level]) + ":")
    return [*lines, *(f"  {_WORDS[finding.severity]}: {finding}" for finding in findings)]
