"""The window of the cluster plan: wish, moves, what is before and after, and carrying it out round by round."""
