"""The ways in which training collapses, and their number in a weight."""

SIGNS = {
    "reconstruction_variation": "every image comes back as nearly the same picture",
    "active_latents": "the latents no longer vary (dead latents)",
    "novelty_deviation": "the novelty score no longer varies",
}
"""From the metric that shows it to what it means."""


def signs_to_number(signs):
    """One bit for each sign, so that a single weight holds them.

    Args:
        signs: names of `SIGNS`, in any order.

    Returns:
        int, 0 for none.

    Raises:
        ValueError: if a name is none of `SIGNS`.
    """
    unknown = sorted(set(signs) - set(SIGNS))
    if unknown:
        raise ValueError(
            f"Signs of a collapse are {list(SIGNS)}. Received also: {unknown}"
        )
    return sum(2**bit for bit, name in enumerate(SIGNS) if name in signs)


def signs_from_number(number):
    """The signs that `signs_to_number` made a number of.

    Args:
        number: int.

    Returns:
        List of names.
    """
    return [name for bit, name in enumerate(SIGNS) if number >> bit & 1]
