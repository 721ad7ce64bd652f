"""WHAT IS SEEN: the window. The only room that knows Qt and pyqtgraph."""
