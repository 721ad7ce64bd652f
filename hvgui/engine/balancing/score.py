"""The cluster score of Ganeti's `hbal`: a weighted sum of standard deviations over the nodes, and of counts.

From hbal(1), "Cluster scoring", and the weights that `hbal -v -v -v` prints (Ganeti 3.0): free memory, free disk and
the ratio of virtual to physical processors count 0.5 as they are and 0.5 as forthcoming, which is the same here; loads
count 1 each; a node that fails N+1 counts 1; a VM on a node that is to be emptied counts 4 and, since it has its first
place there, 16 more. On shared storage (template `ext`) free disk is the same for every node and drops out, and no
memory is reserved for secondaries.
"""

from __future__ import annotations

import enum

import numpy as np

from hvgui.cluster.metrics import Column

OFFLINE_WEIGHT = 4.0 + 16.0
"""Of each VM on a node that is to be emptied."""
N1_WEIGHT = 1.0
"""Of each node whose loss the others have no room for."""


class Measure(enum.IntEnum):
    """What is spread: the rows of a population's columns."""

    MEMORY = 0
    """Assigned, as a share of the node's memory (free memory deviates as used memory does)."""
    VCPUS = 1
    """Virtual processors a logical one."""
    PROCESSOR_LOAD = 2
    MEMORY_LOAD = 3
    DISK_LOAD = 4
    NETWORK_LOAD = 5


MEASURES = len(Measure)
WEIGHTS: Column = np.ones(MEASURES)


def deviations(shares: Column) -> Column:
    """Standard deviation (of the whole population) of each row: a measure a row, a node a column."""
    if shares.shape[1] == 0:
        return np.zeros(len(shares))
    apart = shares - shares.mean(axis=1)[:, np.newaxis]
    spread: Column = np.sqrt((apart * apart).mean(axis=1))
    return spread


def spread_score(shares: Column) -> float:
    """The part of the score that deviations make."""
    return float((WEIGHTS * deviations(shares)).sum())
