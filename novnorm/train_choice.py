"""What a training is to be: from what was asked, and what the pictures are like."""

from keras_novnorm.advice import find_little_range
from keras_novnorm.datasets.picture_traits import ends_of, is_deep, measure_some
from keras_novnorm.datasets.resizing import RULES
from keras_novnorm.datasets.value_range import in_words, to_shares
from novnorm import preset_choice
from novnorm.exit_code import NotUnderstoodError
from novnorm.preset_choice import FEATURES, MISSED
from novnorm.target_choice import choose_target


def asked_folds(asked):
    """Returns int, detectors of a cross-calibration; 0 without one."""
    return asked["cross_calibrate"] or 0


def choose(asked, opened, read, console):
    """Chooses preset, size, colours, target and values, and says why.

    Args:
        asked: dict of the options that make the run what it is.
        opened: `Data`, as `open_data` gives it.
        read: as `read_data` gives it.
        console: `Console`.

    Returns:
        Tuple of a dict of JSON values, and a list of `Finding`, advice on the pictures.
    """
    contents = [one.image_bytes for one in read.data.examples["train"]]
    measured, ends = measure_some(contents)
    preset, reason = preset_choice.choose_preset(
        asked["preset"], asked.get("method"), read.infos, asked.get("backbone")
    )
    backbone = asked.get("backbone")
    if backbone and not preset_choice.has_backbone(preset, asked.get("method")):
        raise NotUnderstoodError(
            f"--backbone {backbone} is for methods that look through a frozen network; "
            f"preset {preset} has none. Leave one of them out."
        )
    channels, why = preset_choice.choose_channels(asked["color"], read.infos)
    shape, size_why = preset_choice.choose_image_shape(
        preset, asked, channels, read.infos
    )
    console.say(f"preset: {preset} ({reason})")
    if not asked["preset"] and not asked.get("method") and preset != FEATURES:
        console.say(MISSED)
    console.say(
        f"resized to {shape[0]} x {shape[1]} (height x width; {size_why}): "
        f"{RULES[asked['resize']]}; {'grey' if channels == 1 else 'colour'} ({why})"
    )
    target = choose_target(read.data, asked["target_fpr"], asked_folds(asked))
    chosen = {
        "preset": preset,
        "method": asked.get("method"),
        "backbone": backbone,
        "image_shape": list(shape),
        "resize": asked["resize"],
        "value_range": asked["value_range"] and to_shares(*asked["value_range"]),
        "traits": ends_of(measured),
        "epochs": asked["epochs"],
        "seed": asked["seed"],
        "restarts": asked["restarts"],
        "normal": list(opened.normal),
        "target_fpr": target.rate,
        "folds": asked_folds(asked),
    }
    for line in target.lines():
        console.say(line)
    return chosen, [*target.advice, *_look_at_range(chosen, ends, contents, console)]


def _look_at_range(chosen, ends, contents, console):
    if chosen["value_range"]:
        words = in_words(chosen["value_range"])
        console.say(f"values: {words}, are spread over all of it")
        return []
    deep = all(is_deep(content) for content in contents)
    found = find_little_range(*ends, 16 if deep else 8)
    if not found:
        return []
    console.say(f"advice: {found.text}")
    return [found]
