"""What the cluster does for a VM when something fails: its properties, and what it waits for."""
