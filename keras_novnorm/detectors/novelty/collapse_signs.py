"""The ways in which the training of an autoencoder collapses."""

SIGNS = {
    "reconstruction_variation": "every image comes back as nearly the same picture",
    "active_latents": "the latents no longer vary (dead latents)",
    "novelty_deviation": "the novelty score no longer varies",
}
"""From the metric that shows it to what it means."""

MINIMUMS = {
    "reconstruction_variation": 0.1,
    "active_latents": 0.05,
    "novelty_deviation": 1e-4,
}
"""The least value of each of a training that works."""
