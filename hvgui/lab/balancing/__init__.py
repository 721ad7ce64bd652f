"""Balancing as the lab offers it: plans of whatever is named, carried out in a lab."""
