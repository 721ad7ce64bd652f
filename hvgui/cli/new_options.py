"""What can be said to `hvgui new`."""

from __future__ import annotations

from pathlib import Path

from hvgui.cli.command_parser import CommandParser
from hvgui.cli.exits import EXIT_CODES

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


def new_parser() -> CommandParser:
    """The options of `hvgui new`."""
    parser = CommandParser(
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
