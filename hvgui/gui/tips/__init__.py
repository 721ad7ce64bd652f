"""The load watch in the window: tips with evidence and forecast, the loads against the limits, and the settings."""
