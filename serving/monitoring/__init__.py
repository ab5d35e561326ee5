"""What the server tells of itself: Prometheus metrics."""
