"""Scoring with exported models: a TF Serving-compatible local server and a client.

An exported SavedModel is all that is known here: nothing is imported from the
packages that train it. One core (`server_core`, with `versions` and `inference`)
stands behind two doors, `serving.grpc` and `serving.rest`, which translate and
nothing else.
"""
