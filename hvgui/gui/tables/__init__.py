"""Sortable tables of VMs, nodes, storage and networks: columns as data, one model, one view."""
