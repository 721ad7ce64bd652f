"""WHAT HAPPENS: the world as a value that forks, its agenda, physics and procedures."""
