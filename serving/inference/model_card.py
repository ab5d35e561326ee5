"""What an export says of its pictures, for those who look at scores."""

import json
import os

PATH = os.path.join("assets.extra", "detector.json")
_LARGEST = 1 << 20
_FIELDS = {
    "image_shape": list,
    "resize": str,
    "num_calibration_images": int,
    "has_map": bool,
    "target_fpr": (int, float),
}


def read(path):
    """Reads the card that lies beside a model.

    Args:
        path: str, the version's folder.

    Returns:
        dict of what is known of the fields that people are shown; empty for a model
        without a card, or with another one.
    """
    try:
        with open(os.path.join(path, PATH), encoding="utf-8") as file:
            card = json.loads(file.read(_LARGEST))
    except (OSError, ValueError):
        return {}
    if not isinstance(card, dict):
        return {}
    return {
        name: card[name]
        for name, kind in _FIELDS.items()
        if isinstance(card.get(name), kind)
    }
