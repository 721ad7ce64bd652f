"""WHAT CAN BE ASKED: one frozen type per intent, with its check against a cluster and its PowerShell."""
