"""From a labelled source to one-class data: what is normal, and what is held out.

Where a picture goes depends on nothing but its own content (or its group): no seed,
no order, no count. So pictures added later move none of those already there, and
equal pictures always go the same way.
"""

import dataclasses
import hashlib

TRAIN, CALIBRATION, TEST = "train", "calibration", "test"
SPLITS = (TRAIN, CALIBRATION, TEST)
ANOTHER_CLASS = "another class"

TEST_SHARE = 1 / 5
"""Share of the normals that is tested on, where the source has no test split."""

CALIBRATION_SHARE = 1 / 6
"""Share of the training normals that is kept for the calibration."""


@dataclasses.dataclass(frozen=True)
class OneClassSplit:
    """The rule that relabels and splits a source.

    - Label 0 is normal, label 1 novel. Only normals are trained and calibrated on.
    - A source's own test split stays whole. Without one, all novel pictures and one
      fifth of the normals are tested on.
    - One sixth of the training normals is kept for the calibration.

    Args:
        normal_classes: tuple of str, the classes that are normal together.
        has_test_split: bool, whether the source has a test split of its own.
    """

    normal_classes: tuple
    has_test_split: bool

    def label(self, class_name):
        """Returns 0 for a normal class and 1 for any other."""
        return 0 if class_name in self.normal_classes else 1

    def wanted(self, class_name, split):
        """Whether a picture is used at all: novel training pictures are not."""
        return split != "train" or self.label(class_name) == 0

    def assign(self, class_name, split, sha256, group=None):
        """Says which split a picture belongs to.

        Args:
            class_name: str, its class.
            split: "train", "test" or None, as the source says it.
            sha256: str, its digest (see `picture_digest`).
            group: str or None, hashed in the place of the picture where given.

        Returns:
            "train", "calibration" or "test"; None for a picture that is not used.
        """
        if not self.wanted(class_name, split):
            return None
        if self.label(class_name) == 1:
            return TEST
        return draw_split(split, self.has_test_split, sha256, group)


def draw_split(split, has_test_split, sha256, group=None):
    """Says which split a picture belongs to, whatever is normal.

    Args:
        split: "train", "test" or None, as the source says it.
        has_test_split: bool, whether the source has a test split of its own.
        sha256: str, its digest (see `picture_digest`).
        group: str or None, hashed in the place of the picture where given.

    Returns:
        "train", "calibration" or "test".
    """
    key = sha256 if group is None else f"group:{group}"
    if split == "test":
        return TEST
    if not has_test_split and _share(TEST, key) < TEST_SHARE:
        return TEST
    if _share(CALIBRATION, key) < CALIBRATION_SHARE:
        return CALIBRATION
    return TRAIN


def settle_split(split, places, has_test_split):
    """Says where a picture goes when its pixels occur in several places.

    Pixels under two classes bear two labels: they are never trained or calibrated
    on. They are tested on, unless the source has a test split of its own, which
    stays as it is. Otherwise see `blocking_split`.

    Args:
        split: "train", "calibration" or "test", where the picture was drawn.
        places: set of `(split, class name)` of all pictures with these pixels.
        has_test_split: bool, whether the source has a test split of its own.

    Returns:
        Pair of the split, None where the picture is dropped, and why it is: the
        split that holds a copy, or "another class".
    """
    has_two_labels = len({class_name for _, class_name in places}) > 1
    if has_two_labels and not has_test_split:
        return TEST, None
    blocking = blocking_split(split, {place for place, _ in places})
    if blocking is None and has_two_labels and split != TEST:
        blocking = ANOTHER_CLASS
    return (split, None) if blocking is None else (None, blocking)


def blocking_split(assigned, splits_with_same_pixels):
    """Says whether a picture must be dropped, for its copy is held out elsewhere.

    That happens where a source's own test split repeats a training picture, where
    two groups share a picture, or where one picture bears two labels. The test
    picture stays, then the calibration picture.

    Args:
        assigned: "train", "calibration" or "test", where the picture belongs.
        splits_with_same_pixels: set of the splits that hold the same pixels.

    Returns:
        The split because of which it is dropped, or None: it is kept.
    """
    for split in (TEST, CALIBRATION):
        if assigned == split:
            return None
        if split in splits_with_same_pixels:
            return split
    return None


def resolve_classes(wanted, class_names, default=()):
    """Finds classes by name, or else by their position.

    Args:
        wanted: list of str, names or positions; empty: `default`.
        class_names: list of str, all classes of the source.
        default: list of str, the source's own normal classes.

    Returns:
        tuple of str, names in the order of `class_names`.

    Raises:
        ValueError: no class named, or an unknown one.
    """
    listed = ", ".join(f"{n}: {name}" for n, name in enumerate(class_names))
    if not wanted and not default:
        raise ValueError(
            "Say which classes are normal (--normal), by name or number. The source "
            f"has: {listed}."
        )
    found = set()
    for word in [str(word) for word in wanted] or default:
        if word in class_names:
            found.add(word)
        elif word.isdecimal() and int(word) < len(class_names):
            found.add(class_names[int(word)])
        else:
            raise ValueError(f"No class {word!r} in the source. It has: {listed}.")
    return tuple(name for name in class_names if name in found)


def _share(purpose, key):
    digest = hashlib.sha256(f"{purpose}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
