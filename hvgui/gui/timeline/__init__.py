"""The lab's past in the window: undo, the timeline, looking back, branches, and what became of the lab's file."""
