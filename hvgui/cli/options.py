"""What can be said on the command line, and the help that explains it."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from pathlib import Path

import hvgui
from hvgui.cli.balance_options import balance_parser
from hvgui.cli.exits import EXIT_CODES
from hvgui.cli.whatif_options import whatif_parser
from hvgui.shipped import shipped_folder

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


COMMANDS = (
    "rehearse",
    "compare-measured",
    "inventory",
    "verify",
    "validate",
    "new",
    "vhd",
    "export",
    "import",
    "balance",
    "whatif",
)


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


class _Parser(argparse.ArgumentParser):
    """Keeps the lines of descriptions as they were written."""

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )


def parse(argv: Sequence[str]) -> Options:
    """The options of a command line. Ends the process with code 2 and a usage line where it makes no sense."""
    if argv and argv[0] in COMMANDS:
        builders = (
            _rehearse,
            _compare,
            _inventory,
            _verify,
            _validate,
            _new,
            _vhd,
            _export,
            _import,
            _balance,
            _whatif,
        )
        build = dict(zip(COMMANDS, builders, strict=True))[argv[0]]
        options = build().parse_args(argv[1:], Options())
        options.command = argv[0]
        return options
    window = _window()
    options = window.parse_args(argv, Options())
    if options.smoke and options.opened is not None:
        window.error("--smoke opens a sample of its own; leave FILE_OR_SAMPLE away")
    return options


def _window() -> _Parser:
    parser = _Parser(
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


def _rehearse() -> _Parser:
    parser = _Parser(
        "hvgui rehearse",
        "Runs a scenario's requests in a simulated cluster and tells what became of each.",
        textwrap.dedent(
            """\
            keys of the JSON (null where a value does not apply):
              requests: list of do, vm, from, to, node, result, message, warnings, duration_seconds, passes,
                blackout_seconds, sent_bytes, converged, streams_stalled, stall_seconds, connections_lost,
                at_seconds, ended_at_seconds (result is succeeded, failed, cancelled, refused or unfinished; node is
                the volume, LUN or SAN where the request is about one)
              incidents: list of at_seconds, level, code, message
              scenario, seed, ended_at_seconds, wall_seconds
            The same scenario and seed give the same output, wall_seconds apart.

            """
        )
        + _shipped_scenarios()
        + EXIT_CODES,
    )
    parser.add_argument("file", type=Path, metavar="SCENARIO.toml", help="the scenario, or the name of a shipped one")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--strict", action="store_true", help="exit with 1 unless every request succeeded")
    parser.add_argument(
        "--lab", type=Path, metavar="OUT.hvlab", help="keep the whole course in a lab, to be opened in the window"
    )
    parser.add_argument("--force", action="store_true", help="overwrite OUT.hvlab where it exists")
    return parser


def _shipped_scenarios() -> str:
    """The names of the scenarios that ship with hvgui, and where to read how one is written."""
    folder = shipped_folder() / "scenarios"
    names = "".join(f"  {path.stem}\n" for path in sorted(folder.glob("*.toml")))
    return f"scenarios that ship with hvgui, in {folder}:\n{names}\n" if names else ""


def _compare() -> _Parser:
    parser = _Parser(
        "hvgui compare-measured",
        "Runs the engine's own model of live migration on each row of a file of measured runs.",
        textwrap.dedent(
            """\
            keys of the JSON (null where a value does not apply):
              rows: list of run_id, converged_measured, converged_model, total_seconds_measured, total_seconds_model,
                total_seconds_range, sent_bytes_measured, sent_bytes_model, blackout_seconds_measured,
                blackout_seconds_model, passes_measured, passes_model, lottery, within_tolerance
              summary: rows, verdicts, verdicts_right, completed, lottery_rows, lottery_in_range, holds, and for
                total_seconds, sent_bytes and blackout_seconds: rows, within, and the relative error's least, p5,
                median, p95, greatest
            A lottery is a run whose outcome depends on where the guest's writer stood; its measured time has to lie
            in total_seconds_range. The columns of the file are those of measured_migrations.csv: see README.

            """
        )
        + EXIT_CODES,
    )
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="measured runs, one a row")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--strict", action="store_true", help="exit with 1 unless the tolerances hold")
    return parser


def _inventory() -> _Parser:
    parser = _Parser(
        "hvgui inventory",
        "Turns a real cluster's inventory (of the collector that ships with hvgui) into a lab, and lists what did\n"
        "not fit.",
        EXIT_CODES,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the inventory")
    parser.add_argument("-o", "--lab", type=Path, required=True, metavar="LAB.hvlab", help="the lab to write")
    parser.add_argument("--force", action="store_true", help="overwrite LAB.hvlab where it exists")
    return parser


def _verify() -> _Parser:
    parser = _Parser(
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


def _validate() -> _Parser:
    parser = _Parser(
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


_NEW_LAB = (
    ("--name", "cluster_name", "NAME", "of the cluster"),
    ("--profile", "profile", "PLATFORM", "'2008 R2 SP1', '2012 R2', '2019' ..."),
    ("--domain", "domain", "DOMAIN", "that the nodes join"),
    ("--nodes", "node_count", "N", "how many servers"),
    ("--node-prefix", "node_prefix", "TEXT", "what their names begin with"),
    ("--processor", "processor", "MODEL", "of the catalogue: xeon-e5540, '2 x xeon-gold-6326', epyc-7452 ..."),
    ("--sockets", "sockets", "N", "processors in each"),
    ("--memory", "memory", "SIZE", "of each, as 64GB"),
    ("--san", "san", "NAME", "of the storage system"),
    ("--san-speed", "san_speed", "RATE", "as '1 Gbit/s' or '400 MB/s'"),
    ("--san-iops", "san_iops", "N", "operations a second"),
    ("--san-latency", "san_latency", "TIME", "as 1ms"),
    ("--volumes", "volumes", "N", "Cluster Shared Volumes"),
    ("--volume-size", "volume_size", "SIZE", "of each; 0: as large as the disks on it need"),
    ("--vms", "vms", "N", "so many VMs in the mixture of an ordinary company"),
    ("--seed", "seed", "N", "of everything that is drawn"),
)
_LEAVE_OUT = (
    ("--no-domain-controller", "no domain controller as a VM on the first node"),
    ("--no-hardware-virtualisation", "switched off in the firmware: no VM starts"),
    ("--no-csv", "no Cluster Shared Volumes: a LUN for each VM"),
    ("--no-witness", "no disk witness"),
    ("--no-video", "nobody watches a film"),
)


def _new() -> _Parser:
    parser = _Parser(
        "hvgui new",
        "Plans a cluster as the wizard 'Create a test lab' does, and writes it as a lab. What is not said is as in\n"
        "the article's lab: two nodes, a domain controller, an iSCSI SAN, a file server with a film.",
        EXIT_CODES,
    )
    parser.add_argument("lab", type=Path, metavar="LAB.hvlab", help="the lab to write")
    parser.add_argument("--larger", action="store_true", help="begin with four nodes of 2021 instead, without VMs")
    for option, name, metavar, words in _NEW_LAB:
        parser.add_argument(option, dest=name, metavar=metavar, help=words)
    parser.add_argument(
        "--network",
        dest="networks",
        nargs="+",
        metavar="NAME=SPEED:ROLE",
        help="'Client=1 Gbit/s:cluster and client' 'Cluster=10 Gbit/s:cluster only'; in place of the usual networks",
    )
    parser.add_argument(
        "--vm",
        dest="machines",
        nargs="+",
        metavar="KIND=N",
        help="'web server=10' 'database server=2'; in place of the usual VMs",
    )
    for option, words in _LEAVE_OUT:
        parser.add_argument(option, action="store_true", help=words)
    parser.add_argument("--force", action="store_true", help="overwrite LAB.hvlab where it exists")
    return parser


def _balance() -> argparse.ArgumentParser:
    return balance_parser(_Parser, EXIT_CODES)


def _whatif() -> argparse.ArgumentParser:
    return whatif_parser(_Parser, EXIT_CODES)


def _vhd() -> _Parser:
    parser = _Parser(
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


def _export() -> _Parser:
    parser = _Parser(
        "hvgui export",
        "Writes a VM of a lab, as it is at the last moment kept, into a folder called like it. The lab is only read.",
        textwrap.dedent(
            """\
            keys of the JSON:
              vm, folder, configuration_only, shown_bytes (what the files' sizes come to)
              disks: list of file, kind, size_bytes, file_bytes, parent (empty where there is none)
            The same VM of the same lab gives the same bytes. What a guest wrote is told by marks; the rest are holes.

            """
        )
        + EXIT_CODES,
    )
    parser.add_argument("lab", type=Path, metavar="LAB.hvlab", help="the lab")
    parser.add_argument("vm", metavar="VM", help="the VM's name or unique id")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="the folder that it goes into")
    parser.add_argument("--configuration-only", action="store_true", help="without disks and saved memory")
    parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    return parser


def _import() -> _Parser:
    parser = _Parser(
        "hvgui import",
        "Brings the VMs of an export (hvgui's, or Hyper-V's of 2008 to 2012 R2), of a Hyper-V configuration or of an\n"
        "OVF file into a lab. Files are copied at the speed of the lab's storage: its time goes until that is done.",
        textwrap.dedent(
            """\
            keys of the JSON:
              path, problems: list of code, message, remedy, severity (blocker or warning)
              machines (with --look): list of name, guid, source, state, vcpus, memory_bytes, snapshots, networks, disks
                (name, file, kind, size_bytes, file_bytes, parents), problems, assumed
              imported (without): list of name, guid, node, state, result, message, changed
            Of a foreign disk, size, kind and chain are taken; what its guest wrote is not carried into the simulation.

            """
        )
        + EXIT_CODES,
    )
    parser.add_argument("file", type=Path, metavar="FOLDER|FILE", help="the export's folder, a configuration or an OVF")
    parser.add_argument("lab", type=Path, nargs="?", metavar="LAB.hvlab", help="the lab; not needed with --look")
    parser.add_argument("--look", action="store_true", help="only tell what is in it and what is wrong (exit code 1)")
    parser.add_argument("--restore", action="store_true", help="keep the unique id; otherwise a copy gets a new one")
    parser.add_argument("--in-place", action="store_true", help="the files lie where they are to be: nothing is copied")
    parser.add_argument("--name", default="", help="another name; with # for the number of a copy: WEB-##")
    parser.add_argument("--count", type=int, default=1, metavar="N", help="so many copies, spread over the nodes")
    parser.add_argument("--node", default="", help="the node; otherwise the one with most memory left")
    parser.add_argument(
        "--volume", default="", help="the volume, LUN or (as 'local') the node's own disk for the files"
    )
    parser.add_argument(
        "--network", action="append", default=[], metavar='"SWITCH=NETWORK"', help="map a switch; empty: to no network"
    )
    parser.add_argument("--generalised", action="store_true", help="a copy's guest gets a name and SID of its own")
    parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    return parser
