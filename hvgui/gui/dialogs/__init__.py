"""Small dialogs: forms over a draft request, and things to read. None of them blocks."""
