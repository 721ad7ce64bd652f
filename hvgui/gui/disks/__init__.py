"""A VM's disks in the window: adding, removing, and the guest's own Disk Management."""
