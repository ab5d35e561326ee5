"""What is expected of data, and how far other data is from it."""
