"""What was asked of a root, when, and what came of it."""
