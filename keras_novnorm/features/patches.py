"""Features by place and by picture: patches of several stages, and pooled vectors."""

from keras import ops


def patches(stages):
    """Stages side by side on the grid of the first, each averaged with its neighbours.

    Section 3.1 of Roth et al. 2022 (PatchCore): a patch knows the 3 x 3 around it.

    Args:
        stages: list of float tensors `[B, h, w, D]`, the finest first.

    Returns:
        Float32 tensor `[B, h, w, D + ...]`.
    """
    height, width = stages[0].shape[1:3]
    aligned = []
    for stage in stages:
        # At the border the mean is of the neighbours that there are.
        stage = ops.average_pool(
            ops.cast(stage, "float32"), 3, 1, "same", data_format="channels_last"
        )
        if stage.shape[1:3] != (height, width):
            stage = ops.image.resize(
                stage, (height, width), "bilinear", data_format="channels_last"
            )
        aligned.append(stage)
    return ops.concatenate(aligned, axis=-1)


def pooled(stage, with_spread=True):
    """One vector of each picture: mean, deviation and maximum of each feature.

    The mean says what is there, deviation and maximum whether it is everywhere: a
    small defect moves them and hardly the mean. The mean alone is Rippel et al. 2021.

    Args:
        stage: float tensor `[B, h, w, D]`.
        with_spread: whether deviation and maximum follow the mean.

    Returns:
        Float32 tensor `[B, 3 D]`, or `[B, D]`.
    """
    stage = ops.cast(stage, "float32")
    mean = ops.mean(stage, axis=(1, 2))
    if not with_spread:
        return mean
    # Two passes: a difference of squares would lose the digits of a small one.
    variance = ops.mean(ops.square(stage - mean[:, None, None]), axis=(1, 2))
    return ops.concatenate(
        [mean, ops.sqrt(variance), ops.max(stage, axis=(1, 2))], axis=-1
    )
