"""What can be said to `hvgui rehearse` and `hvgui compare-measured`."""

from __future__ import annotations

import textwrap
from pathlib import Path

from hvgui.cli.command_parser import CommandParser
from hvgui.cli.exits import EXIT_CODES
from hvgui.shipped import shipped_folder


def rehearse_parser() -> CommandParser:
    """The options of `hvgui rehearse`."""
    parser = CommandParser(
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
              scenario, seed, ended_at_seconds, saved_kilowatt_hours (an estimate), wall_seconds
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


def compare_parser() -> CommandParser:
    """The options of `hvgui compare-measured`."""
    parser = CommandParser(
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
