"""The columns of a table of nodes."""

from __future__ import annotations

from hvgui.cluster.nodes import Node
from hvgui.cluster.tasks import TaskState
from hvgui.cluster.units import format_bytes
from hvgui.gui.facts import Facts
from hvgui.gui.figures import figure, percent, rate_or_dash
from hvgui.gui.inventory_order import NameKey, name_key
from hvgui.gui.node_words import node_look, node_state
from hvgui.gui.objects import Ref
from hvgui.gui.tables.column import Column, TableKind
from hvgui.gui.words import tr


def _node(facts: Facts, ref: Ref) -> Node:
    return facts.cluster.nodes[ref.node]


def _name(facts: Facts, ref: Ref) -> str:
    return _node(facts, ref).name


def _name_order(facts: Facts, ref: Ref) -> NameKey:
    return name_key(_node(facts, ref).name)


def _icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    return node_look(_node(facts, ref))


def _state(facts: Facts, ref: Ref) -> str:
    return node_state(_node(facts, ref))


def _state_tint(facts: Facts, ref: Ref) -> str:
    tint = node_look(_node(facts, ref))[1]
    return "" if tint == "good" else tint


def _vms(facts: Facts, ref: Ref) -> int:
    return len(facts.cluster.vms_on(ref.node))


def _vms_text(facts: Facts, ref: Ref) -> str:
    return f"{_vms(facts, ref):,}"


def node_cpu(facts: Facts, ref: Ref) -> float:
    """Share of the node's processors in use, 0..1; -1 where it is not known."""
    sample = facts.sample
    return figure(sample.node_cpu_share, ref.number) if sample is not None and _node(facts, ref).is_up else -1.0


def _cpu_text(facts: Facts, ref: Ref) -> str:
    return percent(node_cpu(facts, ref))


def memory_used_bytes(facts: Facts, ref: Ref) -> int:
    """Memory in use: the root's reserve, the VMs, and what is held for VMs on their way."""
    node = _node(facts, ref)
    return node.memory_bytes - facts.cluster.free_bytes_on(node.id)


def _memory_text(facts: Facts, ref: Ref) -> str:
    used, whole = memory_used_bytes(facts, ref), _node(facts, ref).memory_bytes
    return tr("{used} of {whole}", used=format_bytes(used), whole=format_bytes(whole))


def _free(facts: Facts, ref: Ref) -> int:
    return facts.cluster.free_bytes_on(ref.node)


def _free_text(facts: Facts, ref: Ref) -> str:
    return format_bytes(max(0, _free(facts, ref)))


def _sent(facts: Facts, ref: Ref) -> float:
    return figure(facts.sample.node_sent_bytes_per_second if facts.sample else None, ref.number)


def _sent_text(facts: Facts, ref: Ref) -> str:
    return rate_or_dash(_sent(facts, ref))


def _received(facts: Facts, ref: Ref) -> float:
    return figure(facts.sample.node_received_bytes_per_second if facts.sample else None, ref.number)


def _received_text(facts: Facts, ref: Ref) -> str:
    return rate_or_dash(_received(facts, ref))


def _migrations(facts: Facts, ref: Ref) -> int:
    return sum(task.kind.is_migration and task.state is TaskState.RUNNING for task in facts.cluster.tasks_on(ref.node))


def _migrations_text(facts: Facts, ref: Ref) -> str:
    return str(_migrations(facts, ref) or "")


def _processor(facts: Facts, ref: Ref) -> str:
    return _node(facts, ref).processor.model


def _logical(facts: Facts, ref: Ref) -> int:
    return _node(facts, ref).processor.logical


def _logical_text(facts: Facts, ref: Ref) -> str:
    return str(_logical(facts, ref))


def _model(facts: Facts, ref: Ref) -> str:
    node = _node(facts, ref)
    return f"{node.manufacturer} {node.model}".strip()


NODE_TABLE = TableKind(
    id="nodes",
    rows="Nodes",
    columns=(
        Column("name", "Name", _name, _name_order, 16, icon=_icon),
        Column("state", "State", _state, width=9, tint=_state_tint),
        Column("vms", "VMs", _vms_text, _vms, 7, numeric=True),
        Column("cpu", "CPU usage", _cpu_text, node_cpu, 10, numeric=True, live=True),
        Column("memory", "Memory in use", _memory_text, memory_used_bytes, 17, numeric=True, live=True),
        Column("free", "Free for VMs", _free_text, _free, 12, numeric=True, live=True),
        Column("sent", "Sent", _sent_text, _sent, 10, numeric=True, live=True),
        Column("received", "Received", _received_text, _received, 10, numeric=True, live=True),
        Column("migrations", "Migrations", _migrations_text, _migrations, 10, numeric=True, live=True),
        Column("logical", "Logical processors", _logical_text, _logical, 16, numeric=True, shown=False),
        Column("processor", "Processor", _processor, width=24, shown=False),
        Column("model", "Model", _model, width=20, shown=False),
    ),
    empty="No nodes here.",
)
