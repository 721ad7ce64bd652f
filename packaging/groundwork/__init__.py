"""How a machine with only Python gets what hvgui needs. Standard library only."""
