"""What travels with every saved form of a detector, beside what it has learned."""

import keras

from keras_novnorm.keras_settings import KerasSettings, network_policy
from keras_novnorm.layers.statistic import add_statistic

_RANDOM_STATE = "random_state_"


class SavedDetector(keras.Model):
    """A Keras model whose file says all that another machine needs to go on.

    That is: constructor arguments, Keras' settings that a user's own networks may
    hang on (the layout of images, the dtype policy of each), where random numbers
    stand, and whether the training collapsed.

    Args:
        **kwargs: passed to `keras.Model`.
    """

    ARGUMENTS = ()
    """Names of the constructor's arguments that are plain values, and attributes."""

    NETWORKS = ()
    """Names of those that are Keras models, perhaps of a policy of their own."""

    SIGNS = {}
    """From metrics of training that show a collapse to what each means."""

    def __init__(self, **kwargs):
        # Without autocast: images reach the first layer as they are.
        super().__init__(
            dtype=network_policy(kwargs.pop("dtype", None)), autocast=False, **kwargs
        )
        self.keras_settings = KerasSettings(keras.config.image_data_format())

    def get_config(self):
        """Constructor arguments and settings, as plain values."""
        networks = {name: getattr(self, name) for name in self.NETWORKS}
        networks = {name: own for name, own in networks.items() if own is not None}
        serialize = keras.saving.serialize_keras_object
        config = {name: getattr(self, name) for name in self.ARGUMENTS}
        config |= {name: serialize(network) for name, network in networks.items()}
        if networks:
            config["network_dtypes"] = {
                name: serialize(network.dtype_policy)
                for name, network in networks.items()
            }
        return config | {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": serialize(self.dtype_policy),
            "image_data_format": self.keras_settings.image_data_format,
        }

    @classmethod
    def from_config(cls, config):
        """A detector from `get_config`'s dictionary, whatever Keras' settings are."""
        config = dict(config)
        # Files of before have neither: ours were made for this layout, and all
        # networks under the policy of the detector.
        settings = KerasSettings(config.pop("image_data_format", "channels_last"))
        policies = config.pop("network_dtypes", {})
        if config.get("dtype") is not None:
            config["dtype"] = keras.dtype_policies.get(config["dtype"])
        for key in cls.NETWORKS:
            if isinstance(config.get(key), dict):
                # A copy: Keras takes a functional model's configuration apart.
                network = keras.tree.map_structure(lambda leaf: leaf, config[key])
                policy = policies.get(key) or config.get("dtype")
                with settings.hold(policy and keras.dtype_policies.get(policy)):
                    config[key] = keras.saving.deserialize_keras_object(network)
        with settings.hold(config.get("dtype")):
            return cls(**config)

    def save_own_variables(self, store):
        """Write the model's own weights, and the states of all generators in it.

        Keras saves weights only: after `BackupAndRestore` the noise, the augmentation
        and the dropout would begin again from the first number.

        Args:
            store: dictionary-like, to be filled.
        """
        super().save_own_variables(store)
        for index, state in enumerate(self._random_states()):
            store[f"{_RANDOM_STATE}{index}"] = state

    def load_own_variables(self, store):
        """Read what `save_own_variables` wrote; a file without states is accepted.

        Args:
            store: dictionary-like.
        """
        names = list(store.keys())
        super().load_own_variables(
            {name: store[name] for name in names if not name.startswith(_RANDOM_STATE)}
        )
        for index, state in enumerate(self._random_states()):
            if f"{_RANDOM_STATE}{index}" in names:
                state.assign(store[f"{_RANDOM_STATE}{index}"])

    def _random_states(self):
        weights = {id(weight) for weight in self.weights}
        return [v for v in self.variables if id(v) not in weights]

    @property
    def is_collapsed(self):
        """Whether the last training collapsed; `collapse_signs` says how."""
        return bool(self.collapsed.numpy() > 0)

    @property
    def collapse_signs(self):
        """Which of `SIGNS` the last training ended with."""
        number = int(self.collapsed.numpy())
        return [name for bit, name in enumerate(self.SIGNS) if number >> bit & 1]

    @property
    def num_restarts(self):
        """How often the last `fit(restarts=...)` began again after a collapse."""
        return int(self.restarts_made.numpy())

    def mark_collapsed(self, signs):
        """Record that training collapsed, or that it did not.

        Args:
            signs: list of names of `SIGNS`; empty: it did not.

        Raises:
            ValueError: if a name is none of them.
        """
        unknown = sorted(set(signs) - set(self.SIGNS))
        if unknown:
            raise ValueError(
                f"Signs of a collapse are {list(self.SIGNS)}. Received also: {unknown}"
            )
        # One bit for each, so that a single weight holds them.
        bits = [2**bit for bit, name in enumerate(self.SIGNS) if name in signs]
        self.collapsed.assign(float(sum(bits)))

    def build_record(self):
        """Create the weights of the record, once."""
        if not hasattr(self, "collapsed"):
            self.collapsed = add_statistic(self, "collapsed", (), "zeros")
            self.restarts_made = add_statistic(self, "restarts_made", (), "zeros")
