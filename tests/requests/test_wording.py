"""What is said of partitions and of a night of faults in a cluster as large as there is one."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.engine import run
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.requests.chaos import StartChaos
from hvgui.requests.network_faults import PartitionNetwork
from wording import MOST_LETTERS, NODES, badly_told, largest


def test_a_night_of_faults_is_told_in_sentences() -> None:
    world, told = settled(largest(), seed=2), Recorder()
    run.apply(world, StartChaos(120.0, chaos_seed=2, mended_after_seconds=60.0), told)
    run.advance_to(world, 900 * 10**9, told)
    assert len({event.code for event in told.events}) > 12
    assert badly_told(told.events, world.cluster) == []


def test_a_partition_s_event_names_everybody() -> None:
    world, told = settled(largest(), seed=1), Recorder()
    run.apply(world, PartitionNetwork((tuple(NodeId(one) for one in range(12)),)), told)
    message = told.events[0].message
    assert message.startswith("Every cluster network is partitioned: NODE1, NODE2, ")
    assert message.endswith(", NODE12 | the others")


@given(st.lists(st.integers(0, 63), min_size=1, max_size=64, unique=True), st.integers(1, 5))
def test_a_partition_says_whom_it_separates_or_how_many(numbers: list[int], groups: int) -> None:
    cluster = Cluster(largest())
    cut = max(1, len(numbers) // groups)
    parts = tuple(tuple(NodeId(one) for one in numbers[at : at + cut]) for at in range(0, len(numbers), cut))
    title = PartitionNetwork(parts).title(cluster)
    assert len(title) <= MOST_LETTERS
    if len(numbers) <= 6:
        assert all(f"NODE{number + 1}" in title for number in numbers)
        return
    rest = NODES - len(numbers)
    counts = [len(part) for part in parts] + [rest] * bool(rest)
    said = [int(one) for one in re.findall(r"\d+", title.split(":")[1])]
    assert said == (counts if len(counts) == 2 else [len(counts), *counts[:6]])
