"""What can be said to the commands on whole labs: `hvgui inventory`, `verify` and `validate`."""

from __future__ import annotations

import textwrap
from pathlib import Path

from hvgui.cli.command_parser import CommandParser
from hvgui.cli.exits import EXIT_CODES


def inventory_parser() -> CommandParser:
    """The options of `hvgui inventory`."""
    parser = CommandParser(
        "hvgui inventory",
        "Turns a real cluster's inventory (of the collector that ships with hvgui) into a lab, and lists what did\n"
        "not fit.",
        EXIT_CODES,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the inventory")
    parser.add_argument("-o", "--lab", type=Path, required=True, metavar="LAB.hvlab", help="the lab to write")
    parser.add_argument("--force", action="store_true", help="overwrite LAB.hvlab where it exists")
    return parser


def verify_parser() -> CommandParser:
    """The options of `hvgui verify`."""
    parser = CommandParser(
        "hvgui verify",
        "Replays every branch of a lab from its journal and compares each kept state and event with what comes of it.",
        textwrap.dedent(
            """\
            keys of the JSON:
              path, agrees, difference (the first one, a sentence; null where all agrees)
              branches: list of id, name, commands, checkpoints, events, last_ns (those that agreed)
            The lab is only read. With another numpy, states may differ in their last bits; events do not.

            """
        )
        + EXIT_CODES,
    )
    parser.add_argument("file", type=Path, metavar="LAB.hvlab", help="the lab to replay")
    parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    return parser


def validate_parser() -> CommandParser:
    """The options of `hvgui validate`."""
    parser = CommandParser(
        "hvgui validate",
        "Runs the tests of cluster validation on a lab as it was left, an inventory or a sample.",
        textwrap.dedent(
            """\
            keys of the JSON:
              verdict, conclusion, cluster, platform, nodes, started, seconds, lab_time_ns, is_complete
              results: list of id, category, title, about, verdict, findings (verdict, about, sentence, remedy),
                listing (heads, rows; only of tests that list), seconds
            A verdict is Success, Warning, Failed, Not applicable or Cancelled. Nothing is changed in the lab.

            """
        )
        + EXIT_CODES,
    )
    parser.add_argument(
        "validated", metavar="LAB_INVENTORY_OR_SAMPLE", help="a lab (.hvlab), an inventory (.json) or a sample's name"
    )
    parser.add_argument(
        "--tests",
        nargs="+",
        default=[],
        metavar="TEST",
        help="only these: ids, titles or categories (inventory, network, storage, system, cluster)",
    )
    parser.add_argument(
        "--offline",
        nargs="+",
        default=[],
        metavar="DISK",
        help="LUNs in use that tests of disks may take offline ('*' for all); otherwise they are skipped",
    )
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write the report there")
    parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    parser.add_argument("--force", action="store_true", help="overwrite OUT.html where it exists")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a test failed")
    return parser
