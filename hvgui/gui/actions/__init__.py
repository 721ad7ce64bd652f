"""Commands: one table of data, from which menu bar, context menus, actions pane and palette are built."""
