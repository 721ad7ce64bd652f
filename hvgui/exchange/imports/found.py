"""What an import found: machines as they would be, their files, and what is wrong with them."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.machines import VirtualMachine
from hvgui.requests.problems import Problem, Severity, blockers


class ImportRefusedError(Exception):
    """There is nothing here that can be imported. The message is one sentence: what, why, and what clears it."""


class Source(enum.Enum):
    """What a machine was read from."""

    OWN = "an export of hvgui's"
    HYPER_V = "an export of Hyper-V's"
    CONFIGURATION = "a configuration of Hyper-V's"
    OVF = "an OVF file"


class FoundDisk(msgspec.Struct, frozen=True):
    """A disk's file as it really is."""

    key: str
    """Which of the machine's disks: see `file_key`."""
    name: str
    """Its file's name."""
    file: str = ""
    """Where it lies; empty: it is not there."""
    kind: str = ""
    size_bytes: int = 0
    """What its guest sees."""
    file_bytes: int = 0
    parents: tuple[str, ...] = ()
    """Names of the files that it builds on, the nearest first."""
    home: str = ""
    """Name of the volume, LUN or node that it lay on, where that is told."""


class FoundMachine(msgspec.Struct, frozen=True):
    """One VM as it was found. Its record has no ids of other records; `plan` gives it those of a cluster."""

    machine: VirtualMachine
    source: Source
    file: str
    """The file that describes it."""
    disks: tuple[FoundDisk, ...] = ()
    """Every file, those of snapshots included."""
    networks: tuple[str, ...] = ()
    """The name of each adapter's switch or network; empty: none."""
    held_networks: tuple[tuple[str, ...], ...] = ()
    """Likewise of the adapters that each snapshot holds."""
    owner: str = ""
    preferred_owners: tuple[str, ...] = ()
    possible_owners: tuple[str, ...] | None = None
    migration_networks: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What is missing, damaged or doubtful, blockers and warnings."""
    assumed: tuple[str, ...] = ()
    """What the file does not tell, and what was taken in its place, a sentence each."""

    @property
    def is_importable(self) -> bool:
        """Whether nothing stands in its way."""
        return not blockers(self.problems)


class Found(msgspec.Struct, frozen=True):
    """What lies at a path."""

    path: str
    machines: tuple[FoundMachine, ...]
    problems: tuple[Problem, ...] = ()
    """About the whole, such as a file that can't be read beside others that can."""

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """About the whole and about each machine."""
        return (*self.problems, *(problem for one in self.machines for problem in one.problems))


class Notes:
    """Gathers problems and assumptions about one machine."""

    MOST = 200
    """More are only counted."""

    def __init__(self) -> None:
        self._problems: dict[str, Problem] = {}
        self._assumed: dict[str, None] = {}
        self._beyond = 0

    def block(self, code: str, message: str, remedy: str) -> None:
        """It can't be imported so."""
        self._add(Problem(code, message, remedy))

    def doubt(self, code: str, message: str, remedy: str) -> None:
        """It can be imported; `remedy` says what was done instead, or what clears it."""
        self._add(Problem(code, message, remedy, Severity.WARNING))

    def assume(self, sentence: str) -> None:
        """The file does not tell."""
        self._assumed[sentence] = None

    def _add(self, problem: Problem) -> None:
        text = str(problem)
        if text in self._problems or len(self._problems) < self.MOST or problem.severity is Severity.BLOCKER:
            self._problems.setdefault(text, problem)
        else:
            self._beyond += 1

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The gravest first."""
        found = sorted(self._problems.values(), key=lambda one: one.severity is not Severity.BLOCKER)
        if self._beyond:
            text = f"There are {self._beyond:,} more warnings of the same sort."
            found.append(Problem("more", text, severity=Severity.WARNING))
        return tuple(found[: 2 * self.MOST])

    @property
    def assumed(self) -> tuple[str, ...]:
        """In the order in which they came."""
        return tuple(self._assumed)
