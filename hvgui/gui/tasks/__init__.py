"""Tasks under way and those that ended, below the cluster."""
