"""Checks of a detector's arguments, before anything is built of them."""

import numbers

from keras_novnorm.terms.transformation_error import TransformationError

# Outputs of a detector beside its terms.
RESERVED = ("score", "normalized_score", "p_value", "threshold", "is_novel")


def check_sides(image_shape):
    """Refuse what is no shape of an image.

    Args:
        image_shape: what a user gave.

    Returns:
        Tuple of int `(height, width, channels)`.

    Raises:
        ValueError: if it is none.
    """
    try:
        sides = tuple(image_shape)
    except TypeError:
        sides = ()
    whole = all(isinstance(side, numbers.Integral) and side > 0 for side in sides)
    if len(sides) != 3 or not whole:
        raise ValueError(
            "`image_shape` must be (height, width, channels), whole numbers above 0, "
            f"channels 1 for grey. Received: {image_shape!r}"
        )
    return tuple(int(side) for side in sides)


def check_networks(encoder, decoder, terms=(), image_shape=None):
    """Refuse networks that do not fit together, or that a term lacks.

    Args:
        encoder: Keras model `[B, H, W, C] -> [B, D]`; `None` without an autoencoder.
        decoder: Keras model `[B, D] -> [B, H, W, C]`; what it says of its shapes is
            believed, and one that says nothing is not refused.
        terms: list of `Term`s.
        image_shape: `(height, width, channels)`, where there is no encoder.

    Returns:
        The images' `(height, width, channels)`.

    Raises:
        ValueError: if shapes disagree, or a term reads an autoencoder that lacks.
    """
    if (encoder is None) != (decoder is None):
        raise ValueError(
            "`encoder` and `decoder` must be given both, or neither. Received: "
            f"encoder={encoder!r}, decoder={decoder!r}"
        )
    if encoder is None:
        return _check_without_autoencoder(terms, image_shape)
    images, latents = tuple(encoder.input_shape), tuple(encoder.output_shape)
    if len(images) != 4 or len(latents) != 2:
        raise ValueError(
            "The encoder must map images [B, H, W, C] to latents [B, D]. Received one "
            f"from {images} to {latents}; end it with `Flatten` and `Dense`."
        )
    for what, have, want in (
        ("take latents", getattr(decoder, "input_shape", None), latents),
        ("give images", getattr(decoder, "output_shape", None), images),
    ):
        if have is not None and not _agree(tuple(have), want):
            raise ValueError(
                f"The decoder must {what} of the encoder's shape {want}. "
                f"Received: {tuple(have)}"
            )
    if image_shape is not None and not _agree(tuple(image_shape), images[1:]):
        raise ValueError(
            f"`image_shape` must be the encoder's, {images[1:]}, or left out. "
            f"Received: {tuple(image_shape)}"
        )
    return images[1:]


def _check_without_autoencoder(terms, image_shape):
    readers = [term.name for term in terms if term.reads_autoencoder]
    if readers:
        raise ValueError(
            f"The terms {readers} read an autoencoder: give `encoder` and `decoder`."
        )
    if image_shape is None:
        raise ValueError("Without an encoder `image_shape` must be given.")
    return tuple(image_shape)


def check_terms(terms, combination, image_shape):
    """Refuse terms that cannot make a score together.

    Args:
        terms: list of `Term`s.
        combination: name of their combination.
        image_shape: `(height, width, channels)`.

    Raises:
        ValueError: if there is none, names clash, or a term lacks what it needs.
    """
    names = [term.name for term in terms]
    if not names or len(set(names)) != len(names):
        raise ValueError(
            f"`terms` must be one or more terms of different names. Received: {names}"
        )
    _check_networks_are_own(terms)
    taken = sorted(set(names) & set(RESERVED))
    if taken:
        raise ValueError(
            f"Outputs of a detector's own are {list(RESERVED)}, so that no term can "
            f"have such a name. Received: {taken}"
        )
    if combination == "paper" and "reconstruction_error" not in names:
        raise ValueError(
            "combination='paper' is the sum of eq. (7) and needs the term "
            f"'reconstruction_error'. Received: {names}"
        )
    height, width, _ = image_shape
    for term in terms:
        shared = isinstance(term, TransformationError) and term.encoder is None
        if shared and height != width:
            raise ValueError(
                f"Term {term.name!r} turns pictures by 90 degrees, and the detector's "
                f"encoder takes them only if square. Received: {height} x {width}. "
                "Give the term an encoder of its own, such as "
                "`TransformationEncoder(image_shape)`."
            )


def _check_networks_are_own(terms):
    # A saved file holds the weights of a network once, under the first of its owners.
    owners = {}
    for term in terms:
        for layer in term._layers:
            other = owners.setdefault(id(layer), term.name)
            if other != term.name:
                raise ValueError(
                    f"Terms {other!r} and {term.name!r} share the network "
                    f"{layer.name!r}, which could not be loaded from a file again. "
                    "Make one for each."
                )


def check_map_term(terms, map_term):
    """Refuse a term that cannot draw a map.

    Args:
        terms: list of `Term`s.
        map_term: name of one of them, or `None`.

    Raises:
        ValueError: if there is no such term, or it has no `pixel_map`.
    """
    able = [term.name for term in terms if hasattr(term, "pixel_map")]
    if map_term is not None and map_term not in able:
        raise ValueError(
            f"`map_term` must be None or a term with a `pixel_map`: {able}. "
            f"Received: {map_term!r}"
        )


_RANGES = {
    "novelty_weight": (lambda value: 0 <= value <= 1, "in [0, 1]"),
    "count_weight": (lambda value: value >= 0, "0 or more"),
    "latent_noise": (lambda value: value >= 0, "0 or more"),
    "calibration_capacity": (lambda value: value >= 1, "1 or more"),
    "map_sigma": (lambda value: value is None or value >= 0, "0 or more"),
}


def check_numbers(values):
    """Refuse numbers outside of their range.

    Args:
        values: dictionary from names of arguments to their values.

    Raises:
        ValueError: if one is not in its range.
    """
    for name, value in values.items():
        fits, wanted = _RANGES[name]
        if not fits(value):
            raise ValueError(f"`{name}` must be {wanted}. Received: {value}")


def check_recipe(recipe, known):
    """Refuse a recipe that training could not follow.

    Args:
        recipe: dictionary with all the keys of `known`.
        known: the keys that a recipe has.

    Raises:
        ValueError: if there are other keys, or a value has no meaning.
    """
    unknown = sorted(set(recipe) - set(known))
    if unknown:
        raise ValueError(f"`recipe` takes {sorted(known)}. Received also: {unknown}")
    for name in ("epochs", "batch_size", "learning_rate"):
        if name in known and not recipe[name] > 0:
            raise ValueError(
                f"`{name}` of `recipe` must be above 0. Received: {recipe[name]}"
            )
    drops = recipe.get("learning_rate_drops", "cosine")
    if drops == "cosine":
        return
    fractions = isinstance(drops, (list, tuple))
    if not fractions or not all(0 < drop < 1 for drop in drops):
        raise ValueError(
            "`learning_rate_drops` of `recipe` must be 'cosine' or fractions of the "
            f"run, each in (0, 1). Received: {drops!r}"
        )


def _agree(have, want):
    return len(have) == len(want) and all(
        one is None or other is None or one == other
        for one, other in zip(have, want, strict=True)
    )
