"""The form of the table of tests: what a test is, and what it needs before it says anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from hvgui.cluster.membership import model_of
from hvgui.cluster.validation import Category, Listing, ValidationFinding
from hvgui.lab.validation.subject import Subject, failed, warned

Check = Callable[[Subject], Iterable[ValidationFinding]]
Need = Callable[[Subject], str]


def nothing(_: Subject) -> str:
    """It can always be asked."""
    return ""


class ValidationTest(msgspec.Struct, frozen=True):
    """One test. `needs` says why it has nothing to test here; empty: it has."""

    id: str
    category: Category
    title: str
    about: str
    check: Check
    needs: Need = nothing
    listing: Callable[[Subject], Listing] | None = None

    @property
    def is_of_disks(self) -> bool:
        """Whether it works on disks themselves, and so leaves those alone that are online and in use."""
        return self.needs is disks_to_test


def everybody_answers(subject: Subject) -> Iterator[ValidationFinding]:
    """What every list owes: a node that can't be asked is missing in it."""
    for node in subject.silent_nodes:
        say = warned if node.saves_power else failed
        yield say(
            node.name,
            f"{node.name} is {node.state_words} and could not be asked.",
            "Bring the node up and validate again.",
        )


def several_nodes(subject: Subject) -> str:
    """There is something to compare."""
    return "" if len(subject.nodes) > 1 else "Fewer than two nodes answer: there is nothing to compare."


def a_cluster(subject: Subject) -> str:
    """Tests of an existing cluster."""
    return "" if subject.is_formed else "There is no cluster yet: these servers are only to become one."


def a_storage_system(subject: Subject) -> str:
    """There is shared storage."""
    return "" if subject.cluster.sans else "There is no storage system in this cluster."


def disks_to_test(subject: Subject) -> str:
    """There is a disk that may be tested."""
    if not subject.cluster.luns:
        return "There are no shared disks in this cluster."
    if subject.tested_disks:
        return ""
    return (
        "All disks are online and in use, so they are skipped: taking a disk offline stops what uses it. "
        "Choose to take them offline for the tests if they shall be tested."
    )


def shared_volumes(subject: Subject) -> str:
    """There are Cluster Shared Volumes."""
    return a_cluster(subject) or ("" if subject.cluster.volumes else "There are no Cluster Shared Volumes.")


def virtual_machines(subject: Subject) -> str:
    """There are VMs that the cluster keeps."""
    return a_cluster(subject) or ("" if subject.clustered_vms else "There are no clustered virtual machines.")


def a_witness(subject: Subject) -> str:
    """The quorum model has a witness."""
    there = model_of(subject.cluster).has_witness
    return a_cluster(subject) or ("" if there else "The quorum model, Node Majority, has no witness.")


def vms_and_nodes(subject: Subject) -> str:
    """There are VMs, and nodes that could take them over."""
    return virtual_machines(subject) or several_nodes(subject)
