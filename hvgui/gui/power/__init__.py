"""Power saving in the window: its settings, and what it has saved."""
