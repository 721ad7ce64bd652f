"""The migrate dialog: a draft with its forecast, then the migration as it goes, then what came of the forecast."""
