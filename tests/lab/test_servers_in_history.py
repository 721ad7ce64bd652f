"""Figures of a lab whose servers come and go: older ones go on without a gap, of others there is nothing before."""

from __future__ import annotations

import numpy as np
import pytest

from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import NANOSECONDS
from hvgui.lab import history


def sample(second: int, nodes: int) -> MetricsSample:
    column = np.arange(nodes) + second / 1000.0
    return MetricsSample(
        time_ns=second * NANOSECONDS,
        node_cpu_share=column,
        node_memory_bytes=column,
        node_sent_bytes_per_second=column,
        node_received_bytes_per_second=column,
        vm_cpu_share=np.array([0.5]),
        vm_cpu_wanted_share=np.array([0.5]),
        vm_memory_bytes=np.array([1.0]),
        vm_memory_demand_bytes=np.array([1.0]),
    )


@pytest.mark.parametrize("split", [False, True])
def test_rows_of_more_and_fewer_servers_are_one_history(split: bool) -> None:
    """In one chunk, or in one for each number of servers."""
    chunks = [history.Chunk()]
    for second, nodes in enumerate((2, 2, 3, 3, 2, 2), 1):
        if split and second in (3, 5):
            chunks.append(history.Chunk())
        chunks[-1].add(sample(second, nodes))
    figures = history.figures_of(history.unpacked(chunk.packed(), len(chunk)) for chunk in chunks)
    assert figures.node_cpu_share.shape == (6, 3)
    assert np.isnan(figures.node_cpu_share[:, 2]).tolist() == [True, True, False, False, True, True]
    assert not np.isnan(figures.node_cpu_share[:, :2]).any()
    assert figures.node_cpu_share[:, 1] == pytest.approx([1.001, 1.002, 1.003, 1.004, 1.005, 1.006])
    assert not np.isnan(figures.vms_cpu_share).any()
