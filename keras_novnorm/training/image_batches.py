"""What users pass as data, to batches of images."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from keras_novnorm.training.sample_weights import array_batches, weighted_images


def unpack_images(data):
    """Images and sample weights of one batch, labels left aside.

    Args:
        data: images `[B, H, W, C]`, `(images, labels)`, `(images, labels,
            weights)`, or, in the place of the images, a dictionary with the key
            `"image"` or `"images"`.

    Returns:
        Tuple `(images, sample_weight)`; the weight is `None` when there is none.

    Raises:
        ValueError: if a dictionary has neither key.
    """
    images, _, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    if isinstance(images, dict):
        for key in ("image", "images"):
            if key in images:
                return images[key], sample_weight
        raise ValueError(
            "A dictionary of data must have the key 'image' or 'images'. "
            f"Received keys: {sorted(images)}"
        )
    return images, sample_weight


def check_image_shape(shape, image_shape):
    """Refuse images of another shape than the detector's.

    Args:
        shape: shape of a batch; unknown dimensions are `None`.
        image_shape: `(height, width, channels)` of the detector.

    Raises:
        ValueError: if the shapes disagree, with both of them.
    """
    wanted = (None, *image_shape)
    known = shape is not None and len(shape) == 4
    if not known or any(
        want is not None and have is not None and want != have
        for want, have in zip(wanted, shape, strict=True)
    ):
        received = None if shape is None else tuple(shape)
        raise ValueError(
            f"The detector takes batches of images of shape {wanted}: batch, height, "
            f"width, channels. Received: {received}. Add the missing dimensions "
            "(`images[..., None]` for grey, `image[None]` for one image) or resize "
            "(`tf.image.resize(images, size, antialias=True)`)."
        )


def as_batches(x, image_shape, batch_size):
    """Data in any accepted form, ready for Keras' own loops.

    A `tf.data.Dataset` of single images, such as `tfds.load` gives, is batched;
    one of batches is left as it is. Arrays are left to Keras. Shapes are checked
    where they are known.

    Args:
        x: `tf.data.Dataset`, array `[N, H, W, C]`, Python generator or Keras
            `PyDataset`, of the elements that `unpack_images` takes; or a
            dictionary of arrays.
        image_shape: `(height, width, channels)` of the detector.
        batch_size: size for a data set of single images.

    Returns:
        `x`, batched if it had to be.

    Raises:
        ValueError: if the images have another shape than `image_shape`, or there are
            none.
    """
    if x is None or isinstance(x, (list, tuple)):
        raise ValueError(
            "Images must be an array [N, H, W, C], a `tf.data.Dataset`, a generator or "
            f"a `PyDataset`. Received: {type(x).__name__}. Make a list of images an "
            "array (`np.stack(images)`); labels are not needed."
        )
    if isinstance(x, dict):
        x, _ = unpack_images(x)
    if isinstance(x, tf.data.Dataset):
        shape = _dataset_image_shape(x)
        if shape is not None and len(shape) == 3 and _fits(shape, image_shape):
            x = x.batch(batch_size).prefetch(tf.data.AUTOTUNE)
        elif shape is not None:
            check_image_shape(shape, image_shape)
    elif hasattr(x, "shape"):
        check_image_shape(tuple(x.shape), image_shape)
        if not x.shape[0]:
            raise ValueError(f"There are no images: the array's shape is {x.shape}.")
    elif is_read_once(x):
        x = _generate_tuples(x)
    return x


def is_read_once(x):
    """Whether data is a generator, or another iterator, that can be read only once.

    Args:
        x: data, as `as_batches` takes.
    """
    return hasattr(x, "__next__")


def carries_weights(x):
    """Whether the batches have weights beside the images.

    Args:
        x: what `as_batches` returned.

    Returns:
        Tuple `(answer, x)`: a boolean, and the data to go on with.
    """
    if hasattr(x, "shape"):
        return False, x  # its weights are an argument of their own
    if isinstance(x, tf.data.Dataset):
        return unpack_images(x.element_spec)[1] is not None, x
    batches, x = _first_batches(x, 1)
    return any(unpack_images(batch)[1] is not None for batch in batches), x


def labels_for_weights(sample_weight):
    """Labels that nobody looks at: without any, Keras drops the weights silently.

    Args:
        sample_weight: array `[N]` or `None`.

    Returns:
        Float32 array `[N]` of zeros, or `None` without weights.
    """
    if sample_weight is None:
        return None
    return np.zeros(len(sample_weight), "float32")


def peek_batches(x, batch_size, limit=8, sample_weight=None):
    """The first batches, without losing them.

    Args:
        x: what `as_batches` returned.
        batch_size: how many images of an array make a batch.
        limit: how many batches to look at; one only of a generator, which cannot
            be read again.
        sample_weight: array `[N]` of weights beside an array; images of weight 0
            are not looked at, here as elsewhere.

    Returns:
        Tuple `(batches, x)`: a list of float or uint8 arrays `[B, H, W, C]`, and
        the data to train on in the place of `x`.
    """
    if hasattr(x, "shape"):
        if sample_weight is None:
            return [np.asarray(x[: limit * batch_size])], x
        weighted = np.flatnonzero(np.asarray(sample_weight)[: len(x)])[
            : limit * batch_size
        ]
        return [np.asarray(x)[weighted]], x
    batches, x = _first_batches(x, limit)
    images = [weighted_images(*unpack_images(data)) for data in batches]
    return [batch for batch in images if len(batch)], x


def iterate_batches(x, batch_size, sample_weight=None):
    """All batches of images, once, without images of weight 0.

    Args:
        x: what `as_batches` returned.
        batch_size: how many images of an array make a batch.
        sample_weight: array `[N]` of weights beside an array.

    Yields:
        Arrays or tensors `[B, H, W, C]`.
    """
    if isinstance(x, keras.utils.PyDataset):
        batches = (x[index] for index in range(x.num_batches))
    elif hasattr(x, "shape"):
        batches = array_batches(x, sample_weight, batch_size)
    else:
        batches = x
    for batch in batches:
        images = weighted_images(*unpack_images(batch))
        if len(images):
            yield images


def count_batches(x, batch_size):
    """How many batches there are.

    Args:
        x: what `as_batches` returned.
        batch_size: how many images of an array make a batch.

    Returns:
        A whole number, or `None`: nobody knows before.
    """
    if hasattr(x, "shape"):
        return -(-len(x) // batch_size)
    if isinstance(x, tf.data.Dataset):
        cardinality = int(x.cardinality())
        return cardinality if cardinality >= 0 else None
    return None


def _first_batches(x, limit):
    if isinstance(x, tf.data.Dataset):
        return list(x.take(limit)), x
    if isinstance(x, keras.utils.PyDataset):
        return [x[index] for index in range(min(limit, x.num_batches or limit))], x
    iterator = iter(x)
    batches = list(itertools.islice(iterator, 1))
    if not batches:
        raise ValueError("The generator of images gave no batch at all.")
    return batches, _generate_tuples(itertools.chain(batches, iterator))


def _generate_tuples(batches):
    # Keras takes a generator, not any iterator, and of tuples only.
    for batch in batches:
        if isinstance(batch, list):
            batch = tuple(batch)
        yield batch if isinstance(batch, tuple) else (batch,)


def _dataset_image_shape(dataset):
    spec, _ = unpack_images(dataset.element_spec)
    shape = getattr(spec, "shape", None)
    if shape is None or shape.rank is None:
        return None
    return tuple(shape.as_list())


def _fits(shape, image_shape):
    return all(
        have is None or have == want
        for have, want in zip(shape, image_shape, strict=True)
    )
