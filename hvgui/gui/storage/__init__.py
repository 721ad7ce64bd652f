"""Storage in the window: words, dialogs and graphs of SANs, LUNs, Cluster Shared Volumes and their disks."""
