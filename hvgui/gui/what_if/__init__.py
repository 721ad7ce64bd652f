"""What-if in the window: what is tried, how far it is, what came of it as a table and as a picture."""
