"""hvgui: a desktop cluster manager for Hyper-V style failover clusters, with a simulated cluster inside."""

__version__ = "0.1.0"
