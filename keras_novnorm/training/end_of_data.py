"""When running out of data is no news."""

import contextlib
import warnings


@contextlib.contextmanager
def quiet_end_of_data(expected):
    """Keep Keras' warning that the data ran out where its end is the end.

    Keras learns the number of batches of a `tf.data.Dataset` with a filter, or of
    a generator, by running to its end, and then warns that training was
    interrupted, at the end of each epoch. Nothing was: without a number of steps,
    the end of the data is the end of the epoch. (To count the batches beforehand,
    as for `assert_cardinality`, would read all data once more.)

    Args:
        expected: whether the data may end; the warning passes otherwise.

    Yields:
        Nothing.
    """
    with warnings.catch_warnings():
        if expected:
            warnings.filterwarnings("ignore", message="Your input ran out of data")
        yield
