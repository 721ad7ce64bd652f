"""How fast what-if is. Run by hand: `python tests/bench/what_if_speed.py [nodes vms]`.

All single crashes and pairs of 16 nodes x 1,000 VMs by default, in two processes. On a shared machine look at the
processor time: half of it is what two free processors take.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from hvgui.cluster.profiles import PROFILES
from hvgui.engine.settling import settled
from hvgui.exchange.generated import generated
from hvgui.lab.what_if.study import cases_of, study


def main(nodes: int = 16, vms: int = 1000) -> None:
    """One study."""
    world = settled(generated(nodes, vms, PROFILES["2022"]), 1)
    cases = cases_of(world.cluster, 2, drains=False, load=False)
    began = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        report = study(world, cases, pool)
    took = time.perf_counter() - began
    used = sum(
        figures.ru_utime + figures.ru_stime
        for figures in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    sys.stdout.write(
        f"{len(cases)} crashes of {nodes} nodes x {vms} VMs: {took:.1f} s in two processes, {used:.1f} s of processor "
        f"time\n{report.conclusion}\n"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
