"""The columns of a table of VMs, with Hyper-V Manager's own names where it has them."""

from __future__ import annotations

from hvgui.cluster.dynamic_memory import is_dynamic, memory_status, pressure
from hvgui.cluster.machines import Priority, VirtualMachine, VmState
from hvgui.cluster.units import format_bytes
from hvgui.gui.copies.identity_words import conflict_in_short
from hvgui.gui.facts import Facts
from hvgui.gui.figures import figure, percent, size_or_dash
from hvgui.gui.inventory_order import NameKey, name_key
from hvgui.gui.objects import Ref
from hvgui.gui.tables.column import Column, TableKind
from hvgui.gui.wording import is_pending, node_name, uptime, vm_doing, vm_icon, vm_state
from hvgui.gui.words import tr

_PRIORITIES = {
    Priority.NO_AUTO_START: "No auto start",
    Priority.LOW: "Low",
    Priority.MEDIUM: "Medium",
    Priority.HIGH: "High",
}


def _vm(facts: Facts, ref: Ref) -> VirtualMachine:
    return facts.cluster.vms[ref.vm]


def _cpu(facts: Facts, ref: Ref) -> float:
    running = _vm(facts, ref).state.holds_memory
    return figure(facts.sample.vm_cpu_share, ref.number) if running and facts.sample is not None else -1.0


def _demand(facts: Facts, ref: Ref) -> float:
    running = _vm(facts, ref).state.holds_memory
    return figure(facts.sample.vm_memory_demand_bytes, ref.number) if running and facts.sample is not None else -1.0


def _name(facts: Facts, ref: Ref) -> str:
    return _vm(facts, ref).name


def _name_order(facts: Facts, ref: Ref) -> NameKey:
    return name_key(_vm(facts, ref).name)


def _icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    return vm_icon(facts.cluster, _vm(facts, ref))


def _state(facts: Facts, ref: Ref) -> str:
    return vm_state(_vm(facts, ref))


def _state_tint(facts: Facts, ref: Ref) -> str:
    vm = _vm(facts, ref)
    state = vm.state
    if is_pending(vm):
        return "warning"
    if state is VmState.CRITICAL:
        return "bad"
    return "muted" if state in (VmState.OFF, VmState.SAVED) else ""


def _owner(facts: Facts, ref: Ref) -> str:
    return node_name(facts.cluster, _vm(facts, ref).owner)


def _owner_order(facts: Facts, ref: Ref) -> NameKey:
    return name_key(_owner(facts, ref))


def _doing(facts: Facts, ref: Ref) -> str:
    vm = _vm(facts, ref)
    return vm_doing(facts, vm) or conflict_in_short(facts.cluster, vm)


def _cpu_text(facts: Facts, ref: Ref) -> str:
    return percent(_cpu(facts, ref)) if _vm(facts, ref).state.holds_memory else ""


def _assigned(facts: Facts, ref: Ref) -> int:
    return _vm(facts, ref).assigned_bytes


def _assigned_text(facts: Facts, ref: Ref) -> str:
    assigned = _assigned(facts, ref)
    return format_bytes(assigned) if assigned else ""


def _demand_text(facts: Facts, ref: Ref) -> str:
    return size_or_dash(_demand(facts, ref)) if _vm(facts, ref).state.holds_memory else ""


def _memory_status(facts: Facts, ref: Ref) -> str:
    vm, demand = _vm(facts, ref), _demand(facts, ref)
    if demand < 0 or not is_dynamic(facts.cluster, vm) or not vm.guest.integration_components:
        return ""
    return tr(memory_status(demand, vm.assigned_bytes, vm.memory.settings.buffer_percent).value)


def _memory_tint(facts: Facts, ref: Ref) -> str:
    return {tr("Warning"): "bad", tr("Low"): "warning"}.get(_memory_status(facts, ref), "")


def _pressure(facts: Facts, ref: Ref) -> float:
    demand = _demand(facts, ref)
    return pressure(demand, _assigned(facts, ref)) if demand >= 0 else -1.0


def _pressure_text(facts: Facts, ref: Ref) -> str:
    value = _pressure(facts, ref)
    return f"{value:.0f}" if value >= 0 else ""


def _startup(facts: Facts, ref: Ref) -> int:
    return _vm(facts, ref).memory.settings.startup_bytes


def _startup_text(facts: Facts, ref: Ref) -> str:
    return format_bytes(_startup(facts, ref))


def _uptime(facts: Facts, ref: Ref) -> str:
    return uptime(facts, _vm(facts, ref))


def _uptime_order(facts: Facts, ref: Ref) -> int:
    if not _vm(facts, ref).state.holds_memory:
        return -1
    return facts.time_ns - facts.running_since_ns.get(ref.vm, 0)


def _vcpus(facts: Facts, ref: Ref) -> int:
    return _vm(facts, ref).vcpus


def _vcpus_text(facts: Facts, ref: Ref) -> str:
    return str(_vcpus(facts, ref))


def storage_of(facts: Facts, vm: VirtualMachine) -> str:
    """Where its disks lie: volumes, LUNs, or the node's own disk."""
    cluster = facts.cluster
    places: dict[str, None] = {}
    for disk in vm.disks:
        if disk.volume is not None:
            places[cluster.volumes[disk.volume].name] = None
        elif disk.lun is not None:
            places[cluster.luns[disk.lun].name] = None
        elif disk.local_node is not None:
            places[tr("Disk of {node}", node=node_name(cluster, disk.local_node))] = None
    return ", ".join(places)


def _storage(facts: Facts, ref: Ref) -> str:
    return storage_of(facts, _vm(facts, ref))


def clients_of(vm: VirtualMachine) -> str:
    """Connections and stream in words."""
    parts = [tr("{count} connections", count=f"{vm.clients.connections:,}")] if vm.clients.connections else []
    if vm.clients.video is not None:
        parts.append(tr("video stream"))
    if vm.clients.guest_cluster:
        parts.append(tr("guest cluster"))
    return ", ".join(parts)


def _clients(facts: Facts, ref: Ref) -> str:
    return clients_of(_vm(facts, ref))


def priority_of(vm: VirtualMachine) -> str:
    """The priority in words."""
    return tr(_PRIORITIES[vm.priority])


def _priority(facts: Facts, ref: Ref) -> str:
    return priority_of(_vm(facts, ref))


def _priority_order(facts: Facts, ref: Ref) -> int:
    return int(_vm(facts, ref).priority)


def _guest(facts: Facts, ref: Ref) -> str:
    return _vm(facts, ref).guest.system


def _tags(facts: Facts, ref: Ref) -> str:
    return ", ".join(_vm(facts, ref).tags)


def _notes(facts: Facts, ref: Ref) -> str:
    return _vm(facts, ref).notes


VM_TABLE = TableKind(
    id="vms",
    rows="Virtual machines",
    columns=(
        Column("name", "Name", _name, _name_order, 18, icon=_icon),
        Column("state", "State", _state, width=10, tint=_state_tint),
        Column("owner", "Owner node", _owner, _owner_order, 12),
        Column(
            "doing",
            "Status",
            _doing,
            width=24,
            explanation="What has hold of the VM now, or disturbs it, and how far it is.",
        ),
        Column("cpu", "CPU usage", _cpu_text, _cpu, 10, numeric=True, live=True),
        Column("assigned", "Assigned memory", _assigned_text, _assigned, 15, numeric=True, live=True),
        Column(
            "demand",
            "Memory demand",
            _demand_text,
            _demand,
            14,
            numeric=True,
            live=True,
            explanation="What the guest asks for; without the buffer of dynamic memory.",
        ),
        Column(
            "memory-status",
            "Memory status",
            _memory_status,
            width=14,
            live=True,
            tint=_memory_tint,
            explanation="Of dynamic memory: OK, Low or Warning, by what is left of the buffer.",
        ),
        Column(
            "pressure",
            "Pressure",
            _pressure_text,
            _pressure,
            10,
            numeric=True,
            live=True,
            shown=False,
            explanation="Demand as a percentage of what is assigned: 100 is exactly enough.",
        ),
        Column("uptime", "Uptime", _uptime, _uptime_order, 13, numeric=True, live=True),
        Column("vcpus", "Virtual processors", _vcpus_text, _vcpus, 16, numeric=True, shown=False),
        Column("startup", "Startup memory", _startup_text, _startup, 14, numeric=True, shown=False),
        Column("storage", "Storage", _storage, width=16, shown=False),
        Column("clients", "Clients", _clients, width=22, shown=False),
        Column("priority", "Priority", _priority, _priority_order, 10, shown=False),
        Column("guest", "Guest system", _guest, width=22, shown=False),
        Column("tags", "Tags", _tags, width=14, shown=False),
        Column("notes", "Notes", _notes, width=24, shown=False),
    ),
    empty="No virtual machines here.",
)
