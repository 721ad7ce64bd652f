"""What can be said to `hvgui vhd`."""

from __future__ import annotations

import argparse
from pathlib import Path

from hvgui.cli.command_parser import CommandParser
from hvgui.cli.exits import EXIT_CODES


def vhd_parser() -> CommandParser:
    """The options of `hvgui vhd`."""
    parser = CommandParser(
        "hvgui vhd",
        "Works on virtual hard disks (VHD), with all parents of differencing ones. Files are written whole, or not.",
        EXIT_CODES,
    )
    doings = parser.add_subparsers(dest="doing", metavar="DOING", required=True, parser_class=argparse.ArgumentParser)

    def add(name: str, what: str) -> argparse.ArgumentParser:
        made = doings.add_parser(name, help=what, description=what, allow_abbrev=False)
        made.add_argument("file", type=Path, metavar="FILE", help="the disk")
        return made

    checks = "name everything that is wrong with it (exit code 1)"
    for name, what in (("info", "tell what a disk is"), ("check", checks)):
        add(name, what).add_argument("--json", action="store_true", help="print JSON instead of sentences")
    _with_target(add("create", "make an empty disk"), "a differencing disk takes its size from its parent")
    made = add("convert", "write a disk as a fixed or a dynamic one")
    made.add_argument("target", type=Path, metavar="TARGET", help="the file to write")
    _with_target(made, "")
    made = add("merge", "bring a differencing disk and its parents together")
    made.add_argument("--into", dest="target", type=Path, metavar="NEW", help="a new disk; else the parent itself")
    made.add_argument("--force", action="store_true", help="overwrite NEW where it exists")
    add("compact", "throw away blocks of zeros")
    add("expand", "give a disk more room").add_argument("--size", required=True, help="the new size, as 100GiB")
    made = add("reconnect", "give a differencing disk its parent again")
    made.add_argument("--parent", type=Path, required=True, metavar="PARENT", help="where the parent lies now")
    return parser


def _with_target(parser: argparse.ArgumentParser, sized: str) -> None:
    kinds = ["fixed", "dynamic", "differencing"] if sized else ["fixed", "dynamic"]
    parser.add_argument("--type", choices=kinds, default="dynamic", help="dynamic unless said otherwise")
    if sized:
        parser.add_argument("--size", default="", help=f"as 100GiB; {sized}")
        parser.add_argument("--parent", type=Path, metavar="PARENT", help="of a differencing disk")
    parser.add_argument("--force", action="store_true", help="overwrite the file where it exists")
