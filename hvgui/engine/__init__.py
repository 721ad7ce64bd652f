"""WHAT HAPPENS: the world as a value that forks, its agenda, physics and procedures.

For callers: `world.World` (of, fork), `run` (apply, advance_to, step, next_notable_ns, is_quiet), `sink` (who is told),
`observe` and `progress` (figures), `checkpoint` (bytes and back). A reader who follows a request: `run.apply` ->
`beginnings` -> `procedures/*` (what happens in which order, and what cancel and each fault do) -> `register` (records,
columns and streams kept right) -> `run.advance_to` (agenda and flows move it on) -> the sink.

Codes of events; they never change their meaning
------------------------------------------------
- A task: `<request>-began`, `live-migrate-queued`, `live-migrate-waits` (a place is free, but something else is in
  the way), and at its end `<request>-succeeded`, `-failed`, `-cancelled`
  (requests by their names: live-migrate, quick-migrate, move, start, shut-down, save).
- A migration on its way: `pass-began`, `blackout-began`, `resumed` (the VM runs on the target), `moving-ownership`,
  `reading-state`.
- A VM at once: `paused`, `vm-resumed`, `reset`, `turned-off`, `saved-state-deleted`, `vm-lost`, `load-changed`,
  `clients-changed`.
- Its clients: `stream-stalled`, `stream-plays`.
- Nodes and links: `node-down`, `node-boots`, `node-up`, `node-paused`, `node-resumed`, `link-cut`, `link-restored`,
  `link-speed`.
- `request-refused`: nothing changed; the message says why.
"""
