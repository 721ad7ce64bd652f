"""How fast plans are, in figures, and hbal beside them. Run by hand: `python tests/bench/balance_speed.py [part ...]`.

Parts: `plans` (64 nodes x 1,280 VMs, 1,000 x 20,000; the best of three), `hbal` (hbal on drawn clusters of 64 and 200
nodes, which takes it minutes; prints rows for tests/data/hbal_verdicts.csv).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "harness"))

from hbal_text import ask_hbal, drawn, population_of
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.profiles import PROFILES
from hvgui.engine.balancing.descent import Descent
from hvgui.engine.balancing.loads import usual_loads
from hvgui.engine.balancing.placement import Placement
from hvgui.engine.balancing.planner import plan
from hvgui.exchange.generated import generated

DRAWN = ((64, 320, 1, None), (64, 320, 2, None), (200, 400, 1, None), (64, 1280, 1, 25))


def say(line: str) -> None:
    """One line to the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def plans() -> None:
    """Whole plans of generated clusters, and bare descents of drawn, very uneven ones."""
    for nodes, vms in ((64, 1280), (1000, 20_000)):
        cluster = Cluster(generated(nodes, vms, PROFILES["2022"]))
        took = []
        for _ in range(3):
            began = time.perf_counter()
            made = plan(cluster, usual_loads(cluster))
            took.append(time.perf_counter() - began)
        say(
            f"plan {nodes:>5} nodes x {vms:>6} VMs: {min(took):.2f} s, {len(made.moves)} moves in "
            f"{made.rounds} rounds, score {made.score_before:.4f} -> {made.score_after:.4f}"
        )
        of, took = population_of(drawn(nodes, vms, 1)), []
        for _ in range(3):
            place = Placement(of)
            before, began = place.score(), time.perf_counter()
            descent = Descent(place)
            descent.run()
            took.append(time.perf_counter() - began)
        say(f"     uneven: {min(took):.2f} s, {len(descent.steps)} moves, score {before:.4f} -> {place.score():.4f}")


def hbal() -> None:
    """hbal's verdicts, as rows of a CSV."""
    program = shutil.which("hbal")
    if program is None:
        raise SystemExit("hbal is not installed (Debian: ganeti-htools)")
    for nodes, vms, seed, most in DRAWN:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            found = ask_hbal(program, drawn(nodes, vms, seed), Path(folder), most)
        say(f"{nodes},{vms},{seed},{most or ''},{found.before},{found.after},{found.moves}")
        say(f"  took {time.perf_counter() - began:.0f} s")


def main(parts: list[str]) -> None:
    """Run the parts named, or `plans`."""
    if not parts or "plans" in parts:
        plans()
    if "hbal" in parts:
        hbal()


if __name__ == "__main__":
    main(sys.argv[1:])
