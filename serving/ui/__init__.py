"""The page at `/ui` of the REST port: static files, as they are sent."""
