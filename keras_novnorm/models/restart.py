"""Starting a training over with other starting values."""


def restart_from_new_weights(detector):
    """Give a detector new starting values, and its optimizer its first state.

    The values are drawn from Keras' global random state, so that a run that began
    with `keras.utils.set_random_seed` restarts in the same way each time.

    Args:
        detector: a compiled `NoveltyDetector`.
    """
    fresh = type(detector).from_config(detector.get_config())
    detector.set_weights(fresh.get_weights())
    optimizer = detector.optimizer
    rate = optimizer.learning_rate
    first = type(optimizer).from_config(optimizer.get_config())
    first.build(detector.trainable_variables)
    for variable, value in zip(optimizer.variables, first.variables, strict=True):
        if variable is not rate:
            variable.assign(value)
