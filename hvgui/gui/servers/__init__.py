"""Add Node: a server that the lab knows, or a new one with its hardware and its cables, becomes a member."""
