"""WHAT IS KEPT: the session on its engine thread, the lab file, forecasts, rehearsals."""
