"""What happens in which order: migrations and the life cycle of a VM, each a record with a phase."""
