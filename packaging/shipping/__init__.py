"""What is shipped: the frozen program and the parcels made of it, one module each. Standard library only."""
