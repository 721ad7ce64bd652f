"""Processors as a person sets them: a VM's claims, and what a node is built with."""
