"""The middle of the window: what is known of the object chosen in the tree."""
