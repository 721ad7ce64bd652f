"""VMs made of others: clones, templates, imports and exports in the window."""
