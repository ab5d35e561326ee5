"""A preset with networks: constructor arguments of a `NoveltyDetector`."""

from keras_novnorm import terms as terms_module
from keras_novnorm.backbones.defect_segmenter import DefectSegmenter
from keras_novnorm.backbones.lenet_autoencoder import LeNetDecoder, LeNetEncoder
from keras_novnorm.backbones.transformation_encoder import TransformationEncoder
from keras_novnorm.detectors.argument_checks import check_sides
from keras_novnorm.detectors.novelty.presets import NETWORK, PRESETS
from keras_novnorm.terms.defect_evidence import DefectEvidence
from keras_novnorm.terms.novelty_score import NoveltyScore
from keras_novnorm.terms.subspace_error import SubspaceError
from keras_novnorm.terms.transformation_error import TransformationError


def build_preset(name, image_shape=None, overrides=None):
    """Constructor arguments of a `NoveltyDetector`, with fresh networks.

    Args:
        name: a key of `PRESETS`.
        image_shape: `(height, width, channels)` in the place of the preset's.
        overrides: constructor arguments in the place of the preset's; `recipe` is
            merged, and so is `network`, a dictionary of `NETWORK` keys.

    Returns:
        Dictionary of constructor arguments.

    Raises:
        ValueError: if there is no preset of that name, `network` has other keys, or
            `image_shape` is none.
    """
    if name not in PRESETS:
        raise ValueError(f"`preset` must be one of {sorted(PRESETS)}. Got: {name!r}")
    overrides = dict(overrides or {})
    own_terms = "terms" in overrides
    network = dict(overrides.pop("network", None) or {})
    unknown = sorted(set(network) - set(NETWORK))
    if unknown:
        raise ValueError(f"`network` takes {sorted(NETWORK)}. Got also: {unknown}")
    preset = {**NETWORK, **PRESETS[name], **network}
    shape = check_sides(image_shape or preset["image_shape"])
    terms = [
        _build_term(term, preset, shape, overrides.get("dtype"))
        for term in overrides.pop("terms", preset["terms"])
    ]
    recipe = {**preset["recipe"], **(overrides.pop("recipe", None) or {})}
    arguments = {
        "terms": terms,
        "combination": preset["combination"],
        "latent_noise": preset["latent_noise"],
        "map_term": None if own_terms else preset["map_term"],
        "recipe": recipe,
        "preset": name,
        **overrides,
    }
    given = {"encoder", "decoder"} & set(arguments)
    if not given and not any(term.reads_autoencoder for term in terms):
        arguments["image_shape"] = shape
        return arguments
    autoencoder = {
        "image_shape": shape,
        "filters": preset["filters"],
        "latent_dim": preset["latent_dim"],
        "dtype": overrides.get("dtype"),
    }
    for name, network in (("encoder", LeNetEncoder), ("decoder", LeNetDecoder)):
        if name not in arguments:
            arguments[name] = network(**autoencoder)
    return arguments


def _build_term(term, preset, image_shape, dtype):
    """A term of a preset: by name, those with networks of their own get them."""
    if term == "novelty_score":
        return NoveltyScore(
            preset["hidden_units"], scale_latents=preset["scale_latents"]
        )
    if term == "transformation_error":
        filters = preset["transformation_filters"]
        return TransformationError(
            TransformationEncoder(image_shape, filters, dtype=dtype)
            if filters
            else None,
            shift=preset["shift"],
            flip=preset["flip"],
        )
    if term == "subspace_error":
        return SubspaceError(preset["components"])
    if term == "defect_evidence":
        segmenter = DefectSegmenter(
            image_shape,
            preset["segmenter_filters"],
            preset["segmenter_coarse"],
            dtype=dtype,
        )
        return DefectEvidence(segmenter, top_share=preset["top_share"])
    return terms_module.get(term)
