"""Quorum in the window: votes as a diagram, what each model survives, its settings, and heartbeats."""
