"""What is estimated from the features of a frozen network."""
