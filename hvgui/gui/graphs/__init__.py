"""Real-time graphs: what is kept of the past (numpy), what is drawn of it (pyqtgraph), and the panels of the window.

`history.history_of(bridge)` is to be called once as soon as there is a bridge, so that graphs opened later show what
came before. Nothing here imports pyqtgraph before the first chart is shown: it would double the time to the first
window.
"""
