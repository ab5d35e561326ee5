"""Programs to start from; run from the root of the repository."""
