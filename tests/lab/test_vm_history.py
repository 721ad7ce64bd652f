"""The history of every single VM: what is packed comes back, one VM without the others, and damage is told."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.ids import VmId
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import MIB, NANOSECONDS
from hvgui.lab import vm_history
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import TurnOffVm

PATIENCE_SECONDS = 20.0


def sample_at(second: int, vms: int, dice: np.random.Generator) -> MetricsSample:
    """A sample with shares between 0 and 1 and memory up to 2 TiB."""
    nodes = np.zeros((4, 2))
    shares, memory = dice.random((2, vms)), dice.random((2, vms)) * 2**41
    return MetricsSample(second * NANOSECONDS, *nodes, *shares, *memory)


def chunk_of(samples: list[MetricsSample]) -> vm_history.VmChunk:
    chunk = vm_history.VmChunk()
    for sample in samples:
        chunk.add(sample)
    return chunk


@given(st.integers(1, 40), st.integers(1, 150), st.integers(0, 2**32 - 1))
def test_each_vm_comes_back_to_the_step_it_is_kept_in(rows: int, vms: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    samples = [sample_at(second + 1, vms, dice) for second in range(rows)]
    packed = chunk_of(samples).packed()
    for vm in {0, vms // 2, vms - 1}:
        moments, figures = vm_history.of_vm(packed, rows, VmId(vm))
        assert moments.tolist() == [sample.time_ns for sample in samples]
        for (name, step), kept in zip(vm_history.QUANTITIES, figures, strict=True):
            seen = [getattr(sample, name)[vm] for sample in samples]
            np.testing.assert_allclose(kept, seen, atol=0.5001 * step)


def test_a_vm_that_came_later_had_nothing_before_and_one_that_is_not_there_is_unknown() -> None:
    dice = np.random.default_rng(1)
    chunk = chunk_of([sample_at(1, 2, dice), sample_at(2, 3, dice)])
    _, figures = vm_history.of_vm(chunk.packed(), 2, VmId(2))
    assert figures[:, 0].tolist() == [0.0] * len(vm_history.QUANTITIES)
    assert figures[2, 1] > 0.0
    assert np.isnan(vm_history.of_vm(chunk.packed(), 2, VmId(3))[1]).all()


def test_a_quantity_that_was_not_kept_then_is_unknown() -> None:
    older = vm_history.VmChunk()
    older.add_row(NANOSECONDS, np.array([[500, 250]], dtype=np.int32))
    _, figures = vm_history.of_vm(older.packed(), 1, VmId(1))
    assert figures[0].tolist() == [0.25]
    assert np.isnan(figures[1:]).all()


@given(st.integers(1, 30), st.integers(0, 31), st.integers(1, 100))
def test_a_chunk_can_be_cut_in_two(rows: int, cut: int, vms: int) -> None:
    dice = np.random.default_rng(rows * 1_000 + vms)
    chunk = chunk_of([sample_at(second + 1, vms, dice) for second in range(rows)])
    parts = [
        vm_history.between(chunk.packed(), rows, low * NANOSECONDS, high * NANOSECONDS)
        for low, high in ((0, cut), (cut + 1, rows + 1))
    ]
    read = [vm_history.of_vm(part.packed(), len(part), VmId(vms - 1)) for part in parts if part]
    whole = vm_history.of_vm(chunk.packed(), rows, VmId(vms - 1))
    np.testing.assert_array_equal(np.concatenate([moments for moments, _ in read]), whole[0])
    np.testing.assert_array_equal(np.concatenate([figures for _, figures in read], axis=1), whole[1])


@given(st.binary(max_size=300), st.integers(-1, 200))
def test_nonsense_is_a_value_error(data: bytes, rows: int) -> None:
    with pytest.raises(ValueError, match="history"):
        vm_history.check(data, rows)


@given(st.data())
def test_a_bent_chunk_is_a_value_error_or_a_chunk(data: st.DataObject) -> None:
    dice = np.random.default_rng(3)
    packed = bytearray(chunk_of([sample_at(second, 70, dice) for second in range(1, 6)]).packed())
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(ValueError):
        vm_history.check(bytes(packed), 5)


def test_a_chunk_that_claims_to_be_huge_is_refused_before_it_is_unpacked() -> None:
    packed = bytearray(chunk_of([sample_at(1, 1, np.random.default_rng(2))]).packed())
    packed[4:8] = (2**31).to_bytes(4, "little")
    with pytest.raises(ValueError, match="another size"):
        vm_history.check(bytes(packed), 1)


def test_a_vm_has_its_figures_after_the_lab_is_opened_again(bench: Callable[..., Any], tmp_path: Path) -> None:
    """Ten minutes; then a look at the fifth, from where a branch turns the VM off: each line has its own figures."""
    path = tmp_path / "lab.hvlab"
    one = bench(path=path)
    loop = one.loop
    loop.set_speed(100.0)
    loop.play()
    one.go_on_until(600)
    loop.pause()
    for step in (partial(loop.past.look_at, 300 * NANOSECONDS, None), partial(loop.past.go_on_from_here, "off")):
        answer: Future[Any] = Future()
        loop.past.ask(step, answer)
        while not answer.done():
            one.turn()
    loop.submit(TurnOffVm(VmId(0)), answer)
    loop.play()
    one.go_on_until(900)
    loop.close()
    session = Session.open(path)
    session.start()
    off = session.vm_figures(VmId(0), 0, 10**15).result(PATIENCE_SECONDS)
    other = session.vm_figures(VmId(1), 0, 10**15).result(PATIENCE_SECONDS)
    main_line = session.vm_figures(VmId(0), 0, 10**15, branch=1).result(PATIENCE_SECONDS)
    session.close()
    late = off.time_ns > 300 * NANOSECONDS
    assert off.time_ns[-1] >= 870 * NANOSECONDS
    assert (np.diff(off.time_ns) > 0).all()
    assert (off.memory_bytes[late] == 0).all()
    assert (off.memory_bytes[~late] >= 512 * MIB).all()
    assert (other.memory_bytes >= 512 * MIB).all()
    assert (main_line.memory_bytes >= 512 * MIB).all()
    assert main_line.time_ns[-1] >= 570 * NANOSECONDS


def test_a_lab_of_version_2_gets_a_place_for_them(bench: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "lab.hvlab"
    one = bench(path=path)
    one.loop.set_speed(100.0)
    one.loop.play()
    one.go_on_until(120)
    one.loop.close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE vm_sample")
        connection.execute("PRAGMA user_version = 2")
    session = Session.open(path)
    session.start()
    nodes = session.figures(0, 10**15).result(PATIENCE_SECONDS)
    vms = session.vm_figures(VmId(0), 0, 10**15).result(PATIENCE_SECONDS)
    assert session.look_at(60 * NANOSECONDS).result(PATIENCE_SECONDS) is None
    session.close()
    assert nodes.time_ns[-1] >= 90 * NANOSECONDS
    assert len(vms.time_ns) == 0
    assert path.with_name("lab.hvlab.before-v3").exists()
