"""Saving where random numbers stand, so that a training can be resumed exactly."""

PREFIX = "random_state_"


class SavedRandomStates:
    """Keep the states of random generators with the weights, in saved files.

    To be mixed in before `keras.Model`. Keras saves weights only: after
    `BackupAndRestore` the noise, the augmentation and the dropout would begin again
    from the first number.
    """

    def save_own_variables(self, store):
        """Write the model's own weights, and the states of all generators in it.

        Args:
            store: dictionary-like, to be filled.
        """
        super().save_own_variables(store)
        for index, state in enumerate(self._random_states()):
            store[f"{PREFIX}{index}"] = state

    def load_own_variables(self, store):
        """Read what `save_own_variables` wrote; a file without states is accepted.

        Args:
            store: dictionary-like.
        """
        names = list(store.keys())
        super().load_own_variables(
            {name: store[name] for name in names if not name.startswith(PREFIX)}
        )
        for index, state in enumerate(self._random_states()):
            if f"{PREFIX}{index}" in names:
                state.assign(store[f"{PREFIX}{index}"])

    def _random_states(self):
        weights = {id(weight) for weight in self.weights}
        return [v for v in self.variables if id(v) not in weights]
