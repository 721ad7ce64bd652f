"""Servers that the samples are built from: processors with what a guest can see of them, and steps of memory."""

from __future__ import annotations

import re

from hvgui.cluster.nodes import Processor
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.cluster.units import GIB

PROCESSORS: dict[str, Processor] = {
    (key if sockets == 1 else f"{sockets} x {key}"): model.processor(sockets)
    for key, model in PROCESSOR_MODELS.items()
    if model.virtualises
    for sockets in (1, 2, 4)
}
"""Processors by the name that sample definitions and scenarios use; the number in front is that of the sockets."""

MEMORY_STEPS = tuple(
    size * GIB for size in (8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192)
)
"""Sizes that a server is bought with, smallest first."""

_R2_SERVERS = ("2 x xeon-e5540", "2 x xeon-x5650", "4 x xeon-x7560")
_LATER_SERVERS = ("2 x xeon-gold-6326", "2 x xeon-gold-6430", "2 x xeon-platinum-8592")


def smallest_processor(vcpus: int, *, at_most_logical: int, vcpus_per_logical: int, modern: bool) -> Processor:
    """The smallest processor of its time that carries so many virtual processors within the limits.

    Raises ValueError with a sentence where none does.
    """
    for name in _LATER_SERVERS if modern else _R2_SERVERS:
        processor = PROCESSORS[name]
        if processor.logical <= at_most_logical and vcpus <= processor.logical * vcpus_per_logical:
            return processor
    raise ValueError(f"No server carries {vcpus} virtual processors; spread the VMs over more nodes.")


def smallest_memory(needed_bytes: int, at_most_bytes: int) -> int:
    """The smallest step of memory that holds so much. Raises ValueError with a sentence where none does."""
    for step in MEMORY_STEPS:
        if needed_bytes <= step <= at_most_bytes:
            return step
    raise ValueError(
        f"A node would need {needed_bytes / GIB:.0f} GB of memory, more than the platform or any server has; "
        "spread the VMs over more nodes."
    )


_GENERATIONS: tuple[tuple[str, str, str], ...] = (
    ("Intel", r"\b6\d{3}[pe]\b", "xeon-6972p"),
    ("Intel", r"platinum [89]5\d\d|gold [56]5\d\d|silver 45\d\d|(platinum|gold|silver) \d4\d\d", "xeon-gold-6430"),
    ("Intel", r"(platinum|gold|silver|bronze) \d3\d\d", "xeon-gold-6326"),
    ("Intel", r"(platinum|gold|silver|bronze) \d2\d\d", "xeon-gold-6230"),
    ("Intel", r"(platinum|gold|silver|bronze) \d1\d\d", "xeon-gold-6130"),
    ("Intel", r"e[57]-\d{4}l? ?v4", "xeon-e5-2650-v4"),
    ("Intel", r"e[57]-\d{4}l? ?v3", "xeon-e5-2650-v3"),
    ("Intel", r"e[57]-\d{4}l? ?v2", "xeon-e5-2650-v2"),
    ("Intel", r"e[57]-\d{4}", "xeon-e5-2650"),
    ("Intel", r"[exl]56\d\d|e7-? ?[248]8\d\d", "xeon-x5650"),
    ("Intel", r"[exlw]55\d\d|x75\d\d|l75\d\d|e75\d\d|e65\d\d", "xeon-e5540"),
    ("Intel", r"[exl]54\d\d", "xeon-e5440"),
    ("Intel", r"[exl]53\d\d|\b51\d\d\b", "xeon-e5345"),
    ("AMD", r"epyc 9\w{2}5", "epyc-9555"),
    ("AMD", r"epyc [98]\w{2}4", "epyc-9354"),
    ("AMD", r"epyc 7\w{2}3", "epyc-7543"),
    ("AMD", r"epyc 7\w{2}2", "epyc-7452"),
    ("AMD", r"epyc", "epyc-7401"),
    ("AMD", r"opteron.* 63\d\d", "opteron-6376"),
    ("AMD", r"opteron.* 62\d\d", "opteron-6276"),
    ("AMD", r"opteron", "opteron-2356"),
)


def processor_vendor(manufacturer: str, model: str) -> str:
    """Intel or AMD out of what Windows says (`GenuineIntel`, `AuthenticAMD`); else the maker's own name."""
    text = f"{manufacturer} {model}".lower()
    if "intel" in text:
        return "Intel"
    return "AMD" if "amd" in text else manufacturer or "Intel"


def assumed_features(vendor: str, model: str) -> tuple[str, ...]:
    """Features by a processor's name (Windows does not list them): those of its generation, or of the oldest one."""
    for maker, pattern, key in _GENERATIONS:
        if maker == vendor and re.search(pattern, model.lower()):
            return PROCESSOR_MODELS[key].features
    return PROCESSOR_MODELS["xeon-e5540"].features
