"""State that files of earlier versions do not have."""

import keras


class OptionalState(keras.layers.Layer):
    """A layer whose weights stay as they were built where a file has none of them.

    Base of what a detector remembers beside what it needs to score, so that files
    that were saved before there was such a memory still load.
    """

    def load_own_variables(self, store):
        """Take the weights of a file, if it has them."""
        if len(store.keys()):
            super().load_own_variables(store)
