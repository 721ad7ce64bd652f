"""`hvgui new`: a lab planned on the command line, as the wizard plans it in the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from hvgui.cli.exits import WELL, BadInputError
from hvgui.cli.labs import write_lab
from hvgui.cli.options import Options
from hvgui.cli.outputs import check_output
from hvgui.cli.terminal import say
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.units import format_bytes, parse_bytes, parse_duration, parse_rate
from hvgui.exchange.hardware import PROCESSORS
from hvgui.exchange.lab_plan import ARTICLE, LARGER, LabPlan, NetworkPlan, VmGroup, mixed
from hvgui.exchange.new_lab import lab_record
from hvgui.exchange.new_lab_command import ROLES

_READ: dict[str, tuple[str, Callable[[str], Any]]] = {
    "cluster_name": ("cluster", str),
    "profile": ("profile", str),
    "domain": ("domain", str),
    "node_count": ("nodes", int),
    "node_prefix": ("node_prefix", str),
    "sockets": ("sockets", int),
    "memory": ("memory_bytes", parse_bytes),
    "san": ("san", str),
    "san_speed": ("san_bytes_per_second", parse_rate),
    "san_iops": ("san_iops", float),
    "san_latency": ("san_latency_seconds", parse_duration),
    "volumes": ("volumes", int),
    "volume_size": ("volume_bytes", parse_bytes),
    "seed": ("seed", int),
}
"""What a text on the command line sets, and how it is read."""
_FLAGS = {
    "no_domain_controller": "domain_controller",
    "no_hardware_virtualisation": "hardware_virtualisation",
    "no_csv": "shared_volumes",
    "no_witness": "witness",
    "no_video": "video",
}


def new_lab(options: Options) -> int:
    """Plans and writes the lab. Raises BadInputError with a sentence; then nothing is written."""
    if options.lab is None:
        raise BadInputError("name the lab to write, as lab.hvlab.")
    check_output(options.lab, overwrite=options.force)
    try:
        plan = plan_of(options)
        record = lab_record(plan)
    except ValueError as error:
        text = str(error)
        raise BadInputError(text if text.endswith(".") else f"{text}.") from None
    write_lab(record, options.lab, seed=plan.seed, name=plan.cluster)
    say(
        f"{record.name} ({record.profile.name}): {len(record.nodes):,} nodes of {format_bytes(plan.memory_bytes)}, "
        f"{len(record.vms):,} VMs, {len(record.volumes):,} Cluster Shared Volumes."
    )
    say(f"The lab is in {options.lab}.")
    return WELL


def plan_of(options: Options) -> LabPlan:
    """The plan that the options make of the article's lab, or of the larger one. Raises ValueError."""
    plan = LARGER if options.larger else ARTICLE
    changes: dict[str, Any] = {}
    for name, (field, read) in _READ.items():
        text = getattr(options, name)
        if text is not None:
            changes[field] = _value(name, text, read)
    for name, field in _FLAGS.items():
        if getattr(options, name):
            changes[field] = False
    if options.processor is not None:
        changes.update(_processor(options.processor, sockets=options.sockets is not None))
    if options.networks is not None:
        changes["networks"] = tuple(_network(text) for text in options.networks)
    if options.vms is not None:
        changes["machines"] = mixed(_value("vms", options.vms, int))
    if options.machines is not None:
        changes["machines"] = tuple(group for text in options.machines if (group := _group(text)).count)
    return replace(plan, **changes)


def _value(name: str, text: str, read: Callable[[str], Any]) -> Any:
    option = "--" + {"node_count": "nodes", "cluster_name": "name"}.get(name, name).replace("_", "-")
    try:
        return read(text)
    except ValueError as error:
        said = f"'{text[:60]}' is no whole number" if read is int else str(error)
        raise ValueError(f"{option}: {said}") from None


def _processor(text: str, *, sockets: bool) -> dict[str, Any]:
    """`xeon-e5540`, or `2 x xeon-e5540` as scenarios write it."""
    count, cross, key = text.rpartition(" x ")
    if not cross:
        return {"processor": text}
    if text not in PROCESSORS or sockets:
        raise ValueError(
            f"--processor: '{text[:60]}' is not understood; write '2 x xeon-e5540', or --sockets beside it"
        )
    return {"processor": key, "sockets": int(count)}


def _network(text: str) -> NetworkPlan:
    """`Cluster=10 Gbit/s:cluster only`; the role may be left out."""
    name, equals, rest = text.partition("=")
    speed, colon, role = rest.partition(":")
    found: NetworkRole | None = ROLES.get(role.strip().lower()) if colon else NetworkRole.CLUSTER_ONLY
    if not equals or found is None:
        raise ValueError(
            f"--network: '{text[:60]}' is not understood; write 'Cluster=1 Gbit/s:cluster only' with the role "
            f"{', '.join(ROLES)}"
        )
    return NetworkPlan(name.strip(), _value("network", speed, parse_rate), found)


def _group(text: str) -> VmGroup:
    kind, equals, count = text.rpartition("=")
    if not equals or not count.strip().isdigit():
        raise ValueError(f"--vm: '{text[:60]}' is not understood; write 'web server=10'")
    return VmGroup(kind.strip().lower(), int(count))
