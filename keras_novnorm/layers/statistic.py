"""A weight that holds what was seen, not what was learned by gradient."""


def add_statistic(layer, name, shape, initializer):
    """Add a non-trainable float32 weight that every replica computes alike.

    Args:
        layer: the `keras.layers.Layer` that keeps it.
        name: name of the weight.
        shape: its shape.
        initializer: as `add_weight` takes it.

    Returns:
        The weight.
    """
    return layer.add_weight(
        name=name,
        shape=shape,
        initializer=initializer,
        dtype="float32",
        trainable=False,
        autocast=False,
        # Every replica computes the same global value.
        aggregation="only_first_replica",
    )
