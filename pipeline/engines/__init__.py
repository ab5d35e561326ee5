"""What engines outside of this process need; the pipeline itself knows none of it."""
