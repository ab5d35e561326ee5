"""Novelty normalization (Wu, Lu, Fuh, Liu): an autoencoder and its terms."""
