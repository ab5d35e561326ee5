"""All methods by name, and their presets."""

import importlib

_CLASSES = {
    "novelty": ("keras_novnorm.detectors.novelty.novelty_detector", "NoveltyDetector"),
    "pca": ("keras_novnorm.detectors.pca", "PCADetector"),
    "nearest_neighbours": (
        "keras_novnorm.detectors.nearest_neighbours",
        "NearestNeighboursDetector",
    ),
    "features": ("keras_novnorm.detectors.features", "FeaturesDetector"),
    "patch_neighbours": (
        "keras_novnorm.detectors.patch_neighbours",
        "PatchNeighboursDetector",
    ),
    "patch_gaussian": (
        "keras_novnorm.detectors.patch_gaussian",
        "PatchGaussianDetector",
    ),
    "pooled_gaussian": (
        "keras_novnorm.detectors.pooled_gaussian",
        "PooledGaussianDetector",
    ),
    "pooled_neighbours": (
        "keras_novnorm.detectors.pooled_neighbours",
        "PooledNeighboursDetector",
    ),
}
_ADDED = {}
NAMES = tuple(_CLASSES)
"""The methods that come with the package; the first is the default."""


def list_detectors():
    """All methods.

    Returns:
        Dictionary from names to one line of each.
    """
    return {name: detector_class(name).__doc__.splitlines()[0] for name in _names()}


def register_detector(cls):
    """Make a method of one's own known under its name; a decorator.

    Args:
        cls: subclass of `OneClassDetector` with a `METHOD`.

    Returns:
        The class, registered with Keras as well.

    Raises:
        ValueError: if the name, or one of its presets, is another method's.
    """
    import keras

    name = cls.METHOD
    if not name or name in _CLASSES:
        raise ValueError(
            f"`METHOD` of {cls.__name__} must be a name that no method has: "
            f"{list(_names())}. Received: {name!r}"
        )
    taken = {p for other in _names() if other != name for p in presets(other)}
    if both := sorted(taken & set(cls.PRESETS)):
        raise ValueError(f"Presets {both} of {cls.__name__} are another method's.")
    _ADDED[name] = cls
    return keras.saving.register_keras_serializable(package=name)(cls)


def detector_class(name):
    """The class of a method.

    Args:
        name: as `list_detectors` gives it; or, of a method of one's own,
            `"module:Class"`, to be imported.

    Returns:
        Subclass of `OneClassDetector`.

    Raises:
        ValueError: if there is none of that name, or what is imported is no method.
    """
    if name in _ADDED:
        return _ADDED[name]
    if name not in _CLASSES and ":" not in name:
        raise ValueError(
            f"There is no method {name!r}. There are: {', '.join(_names())}; one of "
            "your own is given as module:Class."
        )
    if name in _CLASSES:
        module, class_name = _CLASSES[name]
        return getattr(importlib.import_module(module), class_name)
    return _own_class(name)


def presets(method=None):
    """Presets of a method, or of all.

    Args:
        method: name of a method, or `None`.

    Returns:
        Dictionary from names to dictionaries of `description`, `image_shape`, ....
    """
    names = [method] if method else _names()
    return {
        preset: value
        for name in names
        for preset, value in detector_class(name).PRESETS.items()
    }


def method_of(preset):
    """The method that a preset is of.

    Args:
        preset: name of a preset of any method.

    Returns:
        The method's name.

    Raises:
        ValueError: if there is no such preset.
    """
    for name in _names():
        if preset in detector_class(name).PRESETS:
            return name
    raise ValueError(
        f"There is no preset {preset!r}. There are: {', '.join(presets())}."
    )


def choose(preset=None, method=None):
    """The preset that names of a preset, of a method or of both mean.

    Args:
        preset: name of a preset of any method, or `None`.
        method: name of a method, or `None`: the preset's, or `novelty`.

    Returns:
        Name of a preset; `None` where `novelty` is to choose by the pictures.

    Raises:
        ValueError: if there is no such preset or method, or they disagree.
    """
    if method:
        detector_class(method)
    if preset:
        own = method_of(preset)
        if method and detector_class(method) is not detector_class(own):
            raise ValueError(
                f"Preset {preset!r} is one of method {own!r}, not of {method!r}. Give "
                f"one of them, or a preset of {method}: {', '.join(presets(method))}."
            )
        return preset
    if method in (None, NAMES[0]):
        return None
    return next(iter(presets(method)))


def from_preset(preset, image_shape=None, method=None, **overrides):
    """A new detector of whichever method a preset is of.

    Args:
        preset: name of a preset of any method.
        image_shape: `(height, width, channels)` in the place of the preset's.
        method: the preset's method, where that is one's own (`"module:Class"`).
        **overrides: constructor arguments in the place of the preset's.

    Returns:
        A `OneClassDetector`, not compiled.
    """
    cls = detector_class(method or method_of(preset))
    return cls.from_preset(preset, image_shape=image_shape, **overrides)


def _names():
    return (*_CLASSES, *_ADDED)


def _own_class(name):
    module, _, class_name = name.partition(":")
    if not class_name or not all(part.isidentifier() for part in module.split(".")):
        raise ValueError(
            f"Method {name!r} is no module:Class, such as my_package.my_module:MyClass."
        )
    try:
        found = getattr(importlib.import_module(module), class_name)
    # Whatever a module of somebody's own may raise; a script may end the process.
    except (Exception, SystemExit) as error:
        raise ValueError(
            f"Method {name!r} cannot be imported: {type(error).__name__}: {error}."
        ) from error
    if lacking := _lacking(found):
        raise ValueError(
            f"Method {name!r} is no detector: {lacking}. Needed is a subclass of "
            "OneClassDetector with METHOD and PRESETS, under @register_detector."
        )
    return found


def _lacking(found):
    """What keeps something from being a method, or None."""
    from keras_novnorm.detectors.one_class_detector import OneClassDetector

    if not isinstance(found, type):
        return f"it is a {type(found).__name__}, not a class"
    if not issubclass(found, OneClassDetector):
        return f"{found.__name__} is no subclass of OneClassDetector"
    if not found.METHOD or not found.PRESETS:
        return f"{found.__name__} has no {'PRESETS' if found.METHOD else 'METHOD'}"
    known = found.METHOD in (*_CLASSES, *_ADDED) and detector_class(found.METHOD)
    if known is not found:
        return f"{found.__name__} is not registered"
    return None
