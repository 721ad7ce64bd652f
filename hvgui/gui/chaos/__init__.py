"""Chaos mode in the window: faults that come by themselves, and that one sees that they do."""
