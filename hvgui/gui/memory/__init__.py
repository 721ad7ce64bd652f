"""Memory as a person tunes it: a VM's dialog with its graphs, and a node's memory as a stack of its VMs."""
