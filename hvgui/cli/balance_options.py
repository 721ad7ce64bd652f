"""What can be said to `hvgui balance`."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable

ParserOf = Callable[[str, str, str], argparse.ArgumentParser]
"""Makes a parser of a command's name, what it does, and what its help ends with."""


def balance_parser(parser_of: ParserOf, exit_codes: str) -> argparse.ArgumentParser:
    """The options of `hvgui balance`."""
    parser = parser_of(
        "hvgui balance",
        "Plans live migrations that balance a cluster, in an order in which each is possible when its turn comes.",
        textwrap.dedent(
            """\
            keys of the JSON:
              policy, score_before, score_after (hbal's cluster score: 0 is a perfect balance), seconds, rounds
              moves: list of round, vm, from, to, seconds, blackout_seconds, memory_bytes, on_the_way
              left_out: list of vm, from, to, reason
              nodes: list of node, vms_before, vms_after, memory_before, memory_after, processor_before,
                processor_after (shares), covered_before, covered_after (whether the others have room for its VMs)
              emptied: names of nodes that can be switched off; saving_power: of those that are, by power saving
              outcomes: with --apply, list of vm, from, to, result, message, seconds, blackout_seconds
            With --apply the moves are made in the lab, round after round; otherwise nothing is changed.

            """
        )
        + exit_codes,
    )
    parser.add_argument("named", metavar="LAB", help="a lab (.hvlab); without --apply also an inventory or a sample")
    parser.add_argument("--apply", action="store_true", help="make the moves in the lab, and keep it as it is then")
    parser.add_argument(
        "--policy",
        choices=["spread", "pack"],
        default=None,
        help="even loads, or as few nodes as do; as the cluster places VMs (spread, unless somebody has set pack)",
    )
    parser.add_argument(
        "--loads", choices=["usual", "now"], default="usual", help="the guests' mean loads, or those of this second"
    )
    parser.add_argument(
        "--score-per-second",
        type=_share,
        default=0.0,
        metavar="SCORE",
        help="by how much a move has to better the score for each second that it takes (0)",
    )
    parser.add_argument("--most-moves", type=_count, default=None, metavar="N", help="no more moves than these")
    parser.add_argument(
        "--empty", nargs="+", default=[], metavar="NODE", help="nodes that are to give away all their VMs"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is no number from 0 to 1")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) < 1_000_000:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is no number from 1 on")
    return int(text)
