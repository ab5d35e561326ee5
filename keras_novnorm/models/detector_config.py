"""A detector as plain values, and back: what a file says of it beside its weights."""

import keras

from keras_novnorm.keras_settings import KerasSettings

NETWORKS = ("encoder", "decoder")


class DetectorConfig:
    """What a detector is made of, for files; to be mixed in before `keras.Model`.

    Beside the constructor's arguments it holds what a user's own networks may leave to
    Keras' settings: the layout of images, and the dtype policy of each. They are put
    in force when a detector is made of it again.
    """

    def get_config(self):
        """Constructor arguments and settings, as plain values."""
        return {
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "terms": [keras.saving.serialize_keras_object(t) for t in self.terms],
            "combination": self.combination,
            "novelty_weight": self.novelty_weight,
            "count_weight": self.count_weight,
            "latent_noise": self.latent_noise,
            "extremes_gradient": self.extremes_gradient,
            "extremes_momentum": self.extremes_momentum,
            "normalize_loss": self.normalize_loss,
            "calibration_capacity": self.calibration_capacity,
            "map_sigma": self.map_sigma,
            "map_term": self.map_term,
            "resize": self.resize,
            "tile_overlap": self.tile_overlap,
            "value_range": self.value_range,
            "recipe": self.recipe,
            "preset": self.preset,
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            "network_dtypes": {
                name: keras.saving.serialize_keras_object(
                    getattr(self, name).dtype_policy
                )
                for name in NETWORKS
            },
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
        # Copies: Keras takes a functional model's configuration apart as it reads.
        for key in {*NETWORKS, "terms"} & set(config):
            config[key] = keras.tree.map_structure(lambda leaf: leaf, config[key])
        if config.get("dtype") is not None:
            config["dtype"] = keras.dtype_policies.get(config["dtype"])
        for key in NETWORKS:
            if isinstance(config.get(key), dict):
                policy = policies.get(key) or config.get("dtype")
                with settings.hold(policy and keras.dtype_policies.get(policy)):
                    config[key] = keras.saving.deserialize_keras_object(config[key])
        with settings.hold(config.get("dtype")):
            return cls(**config)
