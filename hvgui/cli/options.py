"""What can be said on the command line, and the help that explains it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import hvgui
from hvgui.cli.balance_options import balance_parser
from hvgui.cli.command_parser import CommandParser
from hvgui.cli.exits import EXIT_CODES
from hvgui.cli.lab_options import inventory_parser, validate_parser, verify_parser
from hvgui.cli.machine_options import export_parser, import_parser
from hvgui.cli.new_options import new_parser
from hvgui.cli.rehearse_options import compare_parser, rehearse_parser
from hvgui.cli.vhd_options import vhd_parser
from hvgui.cli.whatif_options import whatif_parser

_HELP = f"""\
commands without a window:
  hvgui rehearse SCENARIO.toml [--json] [--lab OUT.hvlab]
                               run a scenario's requests in a simulated cluster and tell what became of each
  hvgui compare-measured FILE.csv [--json]
                               run the engine's model of live migration on measured runs and tell how far it is off
  hvgui inventory FILE -o LAB.hvlab
                               turn a real cluster's inventory into a lab, and list what did not fit
  hvgui verify LAB.hvlab [--json]
                               replay a lab's whole past and tell whether it comes to the same states and events
  hvgui new LAB.hvlab [--nodes N] [--memory SIZE] [--vms N] ...
                               plan a cluster of any size and write it as a lab
  hvgui validate LAB.hvlab|INVENTORY.json|SAMPLE [--tests ...] [--html OUT.html] [--json]
                               run the tests of cluster validation and tell what would fail, and why
  hvgui balance LAB [--apply] [--policy spread|pack] [--json]
                               plan the live migrations that balance a cluster, and make them
  hvgui whatif LAB [--nodes 1|2] [--html OUT.html] [--json] [--scheduler tcp://HOST:PORT]
                               crash each node or pair, drain each, add load: what stays up, and whether N - 1 holds
  hvgui vhd info|create|convert|check|merge|compact|expand|reconnect FILE ...
                               make, look into, mend and change virtual hard disks (VHD)
  hvgui export LAB.hvlab VM --into DIR [--configuration-only] [--json]
                               write a VM that is off or saved as a real folder, with true VHD files
  hvgui import FOLDER|FILE [LAB.hvlab] [--look] [--restore] [--count N] ...
                               bring VMs of an export, a Hyper-V configuration or an OVF file into a lab
  hvgui COMMAND --help         what a command takes

{EXIT_CODES}
"""


class Options(argparse.Namespace):
    """What was asked: `command` is empty for the window."""

    command: str = ""
    opened: str | None = None
    smoke: bool = False
    file: Path
    json: bool
    strict: bool
    lab: Path | None
    force: bool
    doing: str
    target: Path | None
    type: str | None
    size: str
    parent: Path | None
    validated: str
    tests: list[str]
    html: Path | None
    offline: list[str]
    vm: str
    into: Path
    configuration_only: bool
    look: bool
    restore: bool
    in_place: bool
    name: str
    count: int
    node: str
    volume: str
    network: list[str]
    generalised: bool
    larger: bool
    cluster_name: str | None
    profile: str | None
    domain: str | None
    node_count: str | None
    node_prefix: str | None
    processor: str | None
    sockets: str | None
    memory: str | None
    networks: list[str] | None
    san: str | None
    san_speed: str | None
    san_iops: str | None
    san_latency: str | None
    volumes: str | None
    volume_size: str | None
    vms: str | None
    machines: list[str] | None
    seed: str | None
    named: str
    apply: bool
    policy: str | None
    loads: str
    score_per_second: float
    most_moves: int | None
    empty: list[str]
    nodes: int
    crashes_only: bool
    like: str
    workers: int | None
    scheduler: str


_PARSERS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    "rehearse": rehearse_parser,
    "compare-measured": compare_parser,
    "inventory": inventory_parser,
    "verify": verify_parser,
    "validate": validate_parser,
    "new": new_parser,
    "vhd": vhd_parser,
    "export": export_parser,
    "import": import_parser,
    "balance": lambda: balance_parser(CommandParser, EXIT_CODES),
    "whatif": lambda: whatif_parser(CommandParser, EXIT_CODES),
}
COMMANDS = tuple(_PARSERS)
"""What works without a window."""


def parse(argv: Sequence[str]) -> Options:
    """The options of a command line. Ends the process with code 2 and a usage line where it makes no sense."""
    if argv and argv[0] in _PARSERS:
        options = _PARSERS[argv[0]]().parse_args(argv[1:], Options())
        options.command = argv[0]
        return options
    window = _window()
    options = window.parse_args(argv, Options())
    if options.smoke and options.opened is not None:
        window.error("--smoke opens a sample of its own; leave FILE_OR_SAMPLE away")
    return options


def _window() -> CommandParser:
    parser = CommandParser(
        "hvgui",
        "Opens the cluster manager's window.",
        _HELP,
    )
    parser.add_argument("--version", action="version", version=f"hvgui {hvgui.__version__}")
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="try this installation out: open the window off screen, live-migrate a VM of a sample, close",
    )
    parser.add_argument(
        "opened",
        nargs="?",
        metavar="FILE_OR_SAMPLE",
        help="a lab (.hvlab), an inventory (.json) or the name of a sample cluster; without it, the first page",
    )
    return parser
