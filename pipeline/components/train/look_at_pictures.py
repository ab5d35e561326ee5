"""What the pictures of a training are like, told from some of them."""

_FILES = 16
_OF_EACH = 16


def look_at_pictures(files, value_range):
    """Looks at the first pictures of some files.

    Args:
        files: list of str, TFRecord files of the normals.
        value_range: pair, the values that are spread over the whole range; or None.

    Returns:
        Tuple of a dict from trait to the least and the greatest (see `ends_of`), None
        where there is no picture; and a `Finding` that they use little of their range,
        or None.
    """
    from keras_novnorm.advice import find_little_range
    from keras_novnorm.datasets.picture_traits import ends_of, is_deep, measure_some

    step = -(-len(files) // _FILES)
    contents = [one for file in files[:: max(step, 1)] for one in _first(file)]
    if not contents:
        return None, None
    measured, ends = measure_some(contents)
    bits = 16 if all(is_deep(content) for content in contents) else 8
    found = None if value_range else find_little_range(*ends, bits)
    return ends_of(measured), found


def _first(file):
    import tensorflow as tf

    from keras_novnorm.datasets.image_examples import ImageExample

    records = tf.data.TFRecordDataset(file).take(_OF_EACH)
    return [
        ImageExample.parse(record).image_bytes for record in records.as_numpy_iterator()
    ]
