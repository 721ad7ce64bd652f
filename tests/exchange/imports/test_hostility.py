"""Harmed imports: whatever is done to a folder, a sentence or machines come of it, and nothing is written."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from import_harms import HARMS, copied, harmed, healthy
from import_judge import judged, state_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and pipes as POSIX has them")


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Whole folders, of each kind one."""
    return healthy(tmp_path_factory.mktemp("wholes"))


def test_whole_folders_are_imported(wholes: list[Path]) -> None:
    assert [judged(folder) for folder in wholes] == ["imported"] * 4


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), st.integers(0, 2**32))
def test_whatever_is_harmed(wholes: list[Path], tmp_path_factory: pytest.TempPathFactory, kind: int, seed: int) -> None:
    root = tmp_path_factory.mktemp("harmed")
    outside = wholes[0].parents[1] / "outside"
    folder = copied(wholes[kind], root / "one" / wholes[kind].name)
    harmed(folder, outside, random.Random(seed))
    before, beyond = state_of(root), state_of(outside)
    began = time.monotonic()
    judged(folder)
    assert time.monotonic() - began < 20
    assert (state_of(root), state_of(outside)) == (before, beyond)
    shutil.rmtree(root)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__.lstrip("_"))
def test_each_harm_on_each_kind(wholes: list[Path], tmp_path: Path, harm: object) -> None:
    outside = wholes[0].parents[1] / "outside"
    assert callable(harm)
    results = set()
    for number, whole in enumerate(wholes):
        for seed in range(3):
            folder = copied(whole, tmp_path / f"{number}-{seed}" / whole.name)
            harm(folder, outside, random.Random(seed))
            results.add(judged(folder))
    assert results - {"imported"} or harm.__name__ in ("_words", "_structure")
