"""What can be said to `hvgui whatif`."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from pathlib import Path

ParserOf = Callable[[str, str, str], argparse.ArgumentParser]
"""Makes a parser of a command's name, what it does, and what its help ends with."""


def whatif_parser(parser_of: ParserOf, exit_codes: str) -> argparse.ArgumentParser:
    """The options of `hvgui whatif`."""
    parser = parser_of(
        "hvgui whatif",
        "Tries on forks of a lab what happens when each node, or each pair, crashes, when each is drained, and with a\n"
        "tenth more load. Nothing is changed in the lab.",
        textwrap.dedent(
            """\
            keys of the JSON:
              cluster, time_ns, survives (losses of so many nodes at once), conclusion, is_complete
              room: like, memory_bytes, in_all, covered (how many more VMs; so that every node's loss is covered)
              outcomes: list of kind, nodes, load_factor, has_quorum, overloaded, seconds, refused,
                fates (vm, node, down_seconds: null where it stays down, why, connections_lost, streams_stalled)

            """
        )
        + exit_codes,
    )
    parser.add_argument("named", metavar="LAB", help="a lab (.hvlab), an inventory (.json) or a sample's name")
    parser.add_argument("--nodes", type=int, choices=[1, 2], default=1, help="crash each node (1), each pair too (2)")
    parser.add_argument("--crashes-only", action="store_true", help="no drains, no additional load")
    parser.add_argument("--like", default="", metavar="VM", help="how many more VMs like this one there is room for")
    parser.add_argument(
        "--workers", type=_workers, default=None, metavar="N", help="processes; 0: none beside this one"
    )
    parser.add_argument(
        "--scheduler", default="", metavar="tcp://HOST:PORT", help="a Dask scheduler whose workers do it (hvgui[dask])"
    )
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write a report with a matrix there")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--force", action="store_true", help="overwrite OUT.html where it exists")
    parser.add_argument("--strict", action="store_true", help="exit with 1 unless the loss of any --nodes is survived")
    return parser


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text[:4]) > 256:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is no number of processes (0 to 256)")
    return int(text)
