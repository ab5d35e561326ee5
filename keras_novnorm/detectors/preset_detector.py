"""Detectors by name: methods, and their presets."""

from keras_novnorm.detectors.argument_checks import check_sides
from keras_novnorm.detectors.calibrated_detector import CalibratedDetector


class PresetDetector(CalibratedDetector):
    """A detector with a name, that is made with arguments which go together.

    Args:
        *args: passed to `CalibratedDetector`.
        **kwargs: passed to `CalibratedDetector`.
    """

    METHOD = None
    """The method's name, as `list_detectors` gives it."""

    PRESETS = {}
    """From names to dictionaries of `description`, `image_shape` and arguments."""

    @classmethod
    def from_preset(cls, preset, image_shape=None, **overrides):
        """A new detector, that has learned nothing, with a preset's arguments.

        Args:
            preset: a name; `presets()` lists them.
            image_shape: `(height, width, channels)` in the place of the preset's.
            **overrides: constructor arguments in the place of the preset's; `recipe`
                is merged, key by key.

        Returns:
            A detector of this class.

        Raises:
            ValueError: if there is no preset of that name, or `image_shape` is none.
        """
        if preset not in cls.PRESETS:
            raise ValueError(
                f"`preset` must be one of {sorted(cls.PRESETS)}. Got: {preset!r}"
            )
        if image_shape is not None:
            image_shape = check_sides(image_shape)
        return cls(**cls.preset_arguments(preset, image_shape, overrides))

    @classmethod
    def preset_arguments(cls, preset, image_shape, overrides):
        """Constructor arguments of a preset; a method with networks makes them here.

        Args:
            preset: a name of `PRESETS`.
            image_shape: `(height, width, channels)`, or `None`: the preset's.
            overrides: dictionary of arguments in the place of the preset's.

        Returns:
            Dictionary.
        """
        arguments = {**cls.PRESETS[preset], **overrides, "preset": preset}
        del arguments["description"]
        recipe = cls.PRESETS[preset].get("recipe", {})
        arguments["recipe"] = {**recipe, **(overrides.get("recipe") or {})}
        if image_shape is not None:
            arguments["image_shape"] = image_shape
        return arguments

    @classmethod
    def presets(cls):
        """Names of the presets, each with one line of description."""
        return {name: preset["description"] for name, preset in cls.PRESETS.items()}
