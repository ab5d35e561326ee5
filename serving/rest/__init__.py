"""The REST door: it translates between TF Serving's JSON and the core."""
