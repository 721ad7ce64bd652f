"""`hvgui export`: a VM of a lab as a real folder, without a window."""

from __future__ import annotations

from hvgui.cli.exits import WELL, BadInputError
from hvgui.cli.labs import record_of
from hvgui.cli.options import Options
from hvgui.cli.terminal import progress, say, say_json
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.one_line import one_line
from hvgui.cluster.units import format_bytes
from hvgui.exchange.export.plan import ExportPlan, plan_export
from hvgui.exchange.export.writing import export_vm
from hvgui.exchange.vhd.errors import VhdError


def export(options: Options) -> int:
    """Writes the folder. Raises BadInputError with a sentence."""
    if options.lab is None:
        raise BadInputError("name the lab.")
    cluster = Cluster(record_of(options.lab))
    vm = _meant(cluster, options.vm)
    try:
        plan = plan_export(cluster, vm.id, configuration_only=options.configuration_only)
        with progress(f"Exporting {vm.name}") as shown:
            folder = export_vm(plan, options.into, watch=lambda done, whole: shown.reached(done, whole, _far(done)))
    except VhdError as error:
        text = str(error)
        raise BadInputError(f"{text[:1].upper()}{text[1:]}.") from None
    if options.json:
        say_json(_for_programs(plan, str(folder)))
    else:
        disks = f"{len(plan.disks)} disk file{'s' if len(plan.disks) != 1 else ''}"
        say(f"{vm.name} is exported to {folder}: {disks}, {format_bytes(plan.shown_bytes)} in all.")
    return WELL


def _far(done: int) -> str:
    return format_bytes(done)


def _meant(cluster: Cluster, name: str) -> VirtualMachine:
    """By unique id, or by name without regard to case."""
    found = [vm for vm in cluster.vms.values() if vm.guid.lower() == name.lower()]
    found = found or [vm for vm in cluster.vms.values() if vm.name.casefold() == name.casefold()]
    if len(found) > 1:
        raise BadInputError(f"{len(found)} VMs are called {one_line(name)}; name the one by its unique id.")
    if not found:
        some = ", ".join(sorted(vm.name for vm in cluster.vms.values())[:8])
        raise BadInputError(f"There is no VM '{one_line(name)[:60]}' in this lab; there are {some or 'none'}.")
    return found[0]


def _for_programs(plan: ExportPlan, folder: str) -> dict[str, object]:
    return {
        "vm": plan.vm.name,
        "folder": folder,
        "configuration_only": plan.configuration_only,
        "shown_bytes": plan.shown_bytes,
        "disks": [
            {
                "file": one.place,
                "kind": one.disk.kind.value,
                "size_bytes": one.disk.size_bytes,
                "file_bytes": one.disk.file_bytes,
                "parent": one.parent,
            }
            for one in plan.disks
        ],
    }
