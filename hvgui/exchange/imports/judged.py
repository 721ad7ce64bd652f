"""A machine that was found, judged as a whole: what can't be becomes a blocker with the file to mend."""

from __future__ import annotations

from hvgui.cluster.machines import VirtualMachine
from hvgui.exchange.imports.bounds import impossible
from hvgui.exchange.imports.found import Notes


def judged(vm: VirtualMachine, notes: Notes, file: str) -> None:
    """Notes what of it can't be."""
    for text in impossible(vm):
        notes.block("impossible", f"{vm.name[:100]} {text}.", f"Put it right in {file}, or export the VM again.")
