"""System Configuration: whether the nodes are set up alike, and so that Hyper-V and the cluster run on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from hvgui.cluster.consistency import beyond_limits
from hvgui.cluster.nodes import Node
from hvgui.cluster.units import format_bytes
from hvgui.cluster.validation import Category, ValidationFinding
from hvgui.lab.validation.subject import Subject, failed, named, warned
from hvgui.lab.validation.table import Check, Need, ValidationTest, nothing, several_nodes

_Say = Callable[[str, str, str], ValidationFinding]


def _alike(
    what: str, value: Callable[[Subject, Node], str], remedy: str, say: _Say = failed
) -> Callable[[Subject], Iterator[ValidationFinding]]:
    """A check that every node has the same; those that are fewest are named first."""

    def check(subject: Subject) -> Iterator[ValidationFinding]:
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for node in subject.nodes:
            groups[value(subject, node)].append(node.name)
        if len(groups) < 2:
            return
        fewest_first = sorted(groups.items(), key=lambda group: (len(group[1]), group[0]))
        shown = "; ".join(f"{named(nodes)}: {value or 'none'}" for value, nodes in fewest_first)
        yield say(named(fewest_first[0][1]), f"The nodes differ in {what}. {shown}.", remedy)

    return check


def _domain(subject: Subject) -> Iterator[ValidationFinding]:
    wanted = subject.cluster.domain.lower()
    domains = {node.domain.lower() for node in subject.nodes if node.domain}
    for node in subject.nodes:
        if not node.domain:
            text = f"{node.name} is not a member of a domain: a failover cluster needs one."
            yield failed(node.name, text, "Join the node to the domain of the others.")
        elif wanted and node.domain.lower() != wanted:
            text = f"{node.name} is in the domain {node.domain}, the cluster in {subject.cluster.domain}."
            yield failed(node.name, text, f"Join it to {subject.cluster.domain}.")
    if not wanted and len(domains) > 1:
        shown = ", ".join(sorted(domains))
        yield failed(subject.cluster.name, f"The nodes are in different domains: {shown}.", "Join all to the same one.")


def _drivers(subject: Subject) -> Iterator[ValidationFinding]:
    for node in subject.nodes:
        if node.installation.unsigned_drivers:
            text = f"{node.name} runs drivers without a signature: {named(node.installation.unsigned_drivers)}."
            yield warned(node.name, text, "Install signed ones of their makers.")


def _cluster_service(subject: Subject) -> Iterator[ValidationFinding]:
    for node in subject.nodes:
        if not node.installation.cluster_service_automatic:
            text = (
                f"The cluster service of {node.name} does not start with Windows: the node stays out after a restart."
            )
            yield failed(node.name, text, "Set its start type to Automatic.")


def _services(subject: Subject) -> Iterator[ValidationFinding]:
    for node in subject.nodes:
        if node.installation.stopped_services:
            text = (
                f"Services that a cluster needs do not run on {node.name}: {named(node.installation.stopped_services)}."
            )
            yield failed(node.name, text, "Start them, and have them start with Windows.")


def _dump(subject: Subject) -> Iterator[ValidationFinding]:
    for node in subject.nodes:
        if not node.installation.memory_dump:
            text = f"{node.name} writes no memory dump when it stops with an error: nobody can look for the cause."
            yield warned(node.name, text, "Choose a kernel memory dump under Startup and Recovery.")


def _virtualisation(subject: Subject) -> Iterator[ValidationFinding]:
    for node in subject.nodes:
        if not node.hardware_virtualisation:
            text = (
                f"{node.name} has no hardware virtualisation, or it is off in the firmware: Hyper-V starts no VM there."
            )
            yield failed(node.name, text, "Switch on Intel VT or AMD-V, or use another processor.")


def _features(subject: Subject) -> Iterator[ValidationFinding]:
    """What a node lacks of what others of its make offer: a VM that booted there can't come here."""
    for vendor in dict.fromkeys(node.processor.vendor for node in subject.nodes):
        here = [node for node in subject.nodes if node.processor.vendor == vendor]
        offered = dict.fromkeys(feature for node in here for feature in node.processor.features)
        for node in here:
            lacking = [feature for feature in offered if feature not in node.processor.features]
            if lacking:
                yield warned(
                    node.name,
                    f"The processors of {node.name} lack {named(lacking, 6)}, which others have: a VM that has seen "
                    "them can't migrate to it.",
                    "Turn on processor compatibility for those VMs, or use the same processors.",
                )
    if len({node.processor.slat for node in subject.nodes}) > 1:
        without = named(node.name for node in subject.nodes if not node.processor.slat)
        text = f"{without} lacks second level address translation: VMs cost more memory and processor time there."
        yield warned(without, text, "Use processors with SLAT throughout.")


def _hardware(subject: Subject) -> Iterator[ValidationFinding]:
    yield from _alike("memory", lambda _, node: format_bytes(node.memory_bytes), _SAME_HARDWARE, warned)(subject)
    yield from _alike("processors", lambda _, node: _processor(node), _SAME_HARDWARE, warned)(subject)


_SAME_HARDWARE = "Plan for the smallest node: it is to carry what the largest one leaves."


def _processor(node: Node) -> str:
    return f"{node.processor.sockets} × {node.processor.model} ({node.processor.logical} logical)"


def _limits(subject: Subject) -> Iterator[ValidationFinding]:
    for sentence in subject.each(beyond_limits(subject.cluster.record())):
        about = sentence.partition(":")[0]
        yield failed(about, sentence, f"Stay within what {subject.cluster.profile.name} supports.")


def _test(name: str, title: str, about: str, check: Check, needs: Need = nothing) -> ValidationTest:
    return ValidationTest(f"system.{name}", Category.SYSTEM, title, about, check, needs)


TESTS = (
    _test(
        "active-directory",
        "Validate Active Directory Configuration",
        "Every node is a member of the same domain.",
        _domain,
    ),
    _test("drivers", "Validate All Drivers Signed", "No node runs drivers without a signature.", _drivers),
    _test(
        "cluster-service",
        "Validate Cluster Service and Driver Settings",
        "The cluster service starts with Windows.",
        _cluster_service,
    ),
    _test("memory-dump", "Validate Memory Dump Settings", "A node that stops with an error leaves a dump.", _dump),
    _test(
        "installation-option",
        "Validate Operating System Installation Option",
        "All nodes are full installations, or all are Server Core.",
        _alike(
            "the installation option",
            lambda _, node: node.installation.option.value,
            "Install all nodes with the same option.",
        ),
        several_nodes,
    ),
    _test("required-services", "Validate Required Services", "Services that a cluster needs are running.", _services),
    _test(
        "architecture",
        "Validate Same Processor Architecture",
        "All nodes have the same processor architecture.",
        _alike("architecture", lambda _, node: node.installation.architecture, "Use x64 servers throughout."),
        several_nodes,
    ),
    _test(
        "versions",
        "Validate Operating System Versions",
        "All nodes run the same Windows.",
        _alike("the operating system", Subject.system_of, "Install the same release on all nodes."),
        several_nodes,
    ),
    _test(
        "service-packs",
        "Validate Service Pack Levels",
        "All nodes have the same service pack.",
        _alike(
            "service pack",
            lambda _, node: node.installation.service_pack,
            "Install the same service pack on all nodes.",
        ),
        several_nodes,
    ),
    _test(
        "updates",
        "Validate Software Update Levels",
        "All nodes have the same software updates.",
        _alike(
            "software updates",
            lambda _, node: ", ".join(sorted(node.installation.updates)),
            "Install the same updates on all nodes.",
            warned,
        ),
        several_nodes,
    ),
    _test(
        "system-drive",
        "Validate System Drive Variable",
        "The system drive has the same letter on all nodes.",
        _alike(
            "the letter of the system drive",
            lambda _, node: node.system_drive.upper(),
            "Install every node on the same drive letter.",
        ),
        several_nodes,
    ),
    _test(
        "manufacturers",
        "Validate Matching Processor Manufacturers",
        "All processors are of one make: no VM migrates live between Intel and AMD.",
        _alike(
            "the make of their processors",
            lambda _, node: node.processor.vendor,
            "Use processors of one maker in a cluster.",
        ),
        several_nodes,
    ),
    _test(
        "features",
        "Validate Processor Features",
        "Processors of one make offer guests the same.",
        _features,
        several_nodes,
    ),
    _test(
        "hardware",
        "Validate Memory and Processors",
        "The nodes have as much memory and as many processors as each other.",
        _hardware,
        several_nodes,
    ),
    _test(
        "virtualisation",
        "Validate Hardware Virtualisation",
        "Every node can run virtual machines at all.",
        _virtualisation,
    ),
    _test("limits", "Validate Platform Limits", "Nodes and VMs stay within what the platform supports.", _limits),
)
"""In the order of the wizard."""
