"""What can be said to `hvgui export` and `hvgui import`."""

from __future__ import annotations

import textwrap
from pathlib import Path

from hvgui.cli.command_parser import CommandParser
from hvgui.cli.exits import EXIT_CODES


def export_parser() -> CommandParser:
    """The options of `hvgui export`."""
    parser = CommandParser(
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


def import_parser() -> CommandParser:
    """The options of `hvgui import`."""
    parser = CommandParser(
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
