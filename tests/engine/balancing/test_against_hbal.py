"""Ganeti's own hbal as the judge: on the same data our score is no worse than its, with no more moves."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from hbal_text import Drawn, Verdict, ask_hbal, drawn, population_of
from hvgui.engine.balancing.placement import Placement
from hvgui.engine.balancing.planner import Wish, arranged

HBAL = shutil.which("hbal")
VERDICTS = Path(__file__).parents[2] / "data" / "hbal_verdicts.csv"
PRINTED = 1e-8
"""hbal prints eight decimals."""


def no_worse(cluster: Drawn, verdict: Verdict, most_moves: int | None) -> None:
    of = population_of(cluster)
    assert Placement(of).score() == pytest.approx(verdict.before, abs=PRINTED)
    place, _ = arranged(of, Wish(keep_covered=False, most_moves=most_moves), of.memory_bytes / 1.25e8)
    share = of.fixed + [
        np.bincount(place.owner, weights=use, minlength=of.nodes) * scale
        for use, scale in zip(of.use, of.scale, strict=True)
    ]
    assert place.score() == pytest.approx(share.std(axis=1).sum(), abs=1e-9)
    assert place.score() <= verdict.after + PRINTED
    assert int((place.owner != of.owner).sum()) <= verdict.moves


@pytest.mark.skipif(HBAL is None, reason="hbal (Debian's ganeti-htools) is not installed")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_nodes_beside_hbal_itself(seed: int, tmp_path: Path) -> None:
    cluster = drawn(10, 120, seed)
    assert HBAL is not None
    no_worse(cluster, ask_hbal(HBAL, cluster, tmp_path), None)


def recorded() -> list[dict[str, str]]:
    with VERDICTS.open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", recorded(), ids=lambda row: f"{row['nodes']}x{row['vms']}-{row['seed']}")
def test_larger_ones_beside_what_hbal_took_minutes_for(row: dict[str, str]) -> None:
    verdict = Verdict(float(row["before"]), float(row["after"]), int(row["moves"]))
    most_moves = int(row["most_moves"]) if row["most_moves"] else None
    no_worse(drawn(int(row["nodes"]), int(row["vms"]), int(row["seed"])), verdict, most_moves)
