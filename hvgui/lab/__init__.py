"""WHAT IS KEPT: the session on its engine thread, the lab file, its past, forecasts, rehearsals.

Where to begin reading
----------------------
- **The running lab**: `session` (what the window and the doors speak to) -> `engine_loop` (turn by turn) with `pacing`
  (how time goes), `outbox` and `frames` (what is told), `keeper` (what is kept, and when).
- **The file**: `lab_file` (its one writer), `lab_reading` (checked and bounded), `lab_schema`, `lab_lock`,
  `lab_migration`, `older_rows`, `row_checks`, `packed_world`, `salvage`; `verification` with `state_comparison`;
  figures in `history`, `vm_history` (over `moments`) and `figures`.
- **The past**: `time_travel` (undo, rewind, branches) over `lines`, `lab_branches`, `replay`, `checkpoint_thinning`;
  what is on its way in `journeys`, what the timeline shows in `chronicle`; questions in `past_questions`,
  `branch_comparison`.
- **Looking ahead**: `forecasters` (who works them out) -> `forecast` (runs on forks) -> `forecast_words`.
- **Validation**: `validation/all_tests` (which tests there are) -> `validation/running` -> `validation/kept_reports`.
- **Without a window**: `scenario` (its format; `scenario_*` read the tables) -> `rehearsal` -> `request_outcome`;
  `measured` -> `measured_model` -> `measured_comparison`; `unattended` asks things of a kept lab and waits for them.
"""
