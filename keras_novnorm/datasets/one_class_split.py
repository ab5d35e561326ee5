"""From a labelled source to one-class data: what is normal, and what is held out."""

import dataclasses

from keras_novnorm.datasets.shares import SHARES, Shares

TRAIN, CALIBRATION, TEST = "train", "calibration", "test"
SPLITS = (TRAIN, CALIBRATION, TEST)
ANOTHER_CLASS = "another class"


@dataclasses.dataclass(frozen=True)
class OneClassSplit:
    """The rule that relabels and splits a source.

    - Label 0 is normal, label 1 novel. Only normals are trained and calibrated on.
    - A source's own test split stays whole. Without one, all novel pictures and a
      share of the normals are tested on.
    - Normals that the source itself holds out for it calibrate. Where a class has
      none, a share of its training normals does.

    Args:
        normal_classes: tuple of str, the classes that are normal together.
        has_test_split: bool, whether the source has a test split of its own.
        calibrated: frozenset of str, normal classes that the source has pictures of
            to calibrate with.
        shares: `Shares` of each class.
    """

    normal_classes: tuple
    has_test_split: bool
    calibrated: frozenset = frozenset()
    shares: Shares = SHARES

    @classmethod
    def of(cls, source, normal_classes, shares=None):
        """Makes the rule for a source.

        Args:
            source: `ImageSource`.
            normal_classes: tuple of str.
            shares: `Shares`, or None: the usual ones.

        Returns:
            `OneClassSplit`.
        """
        normal_classes, found = tuple(normal_classes), set()
        if source.has_calibration_split:
            held_out = source.elements(lambda _, split: split == CALIBRATION)
            found = {e.class_name for e in held_out if e.split == CALIBRATION}
        calibrated = frozenset(found & set(normal_classes))
        return cls(normal_classes, source.has_test_split, calibrated, shares or SHARES)

    def label(self, class_name):
        """Returns 0 for a normal class and 1 for any other."""
        return 0 if class_name in self.normal_classes else 1

    def wanted(self, class_name, split):
        """Whether a picture is used at all.

        A novel one is tested on, so that beside a test split of the source the others
        are not.
        """
        held_back = split in (TRAIN, CALIBRATION) and self.has_test_split
        return self.label(class_name) == 0 or not held_back

    def own_split(self, class_name, split):
        """Says where a picture belongs that no share decides on.

        Args:
            class_name: str, its class.
            split: "train", "calibration", "test" or None, as the source says it.

        Returns:
            "calibration", "test", or None: it is one of those that are cut.
        """
        if self.label(class_name) == 1 or split == TEST:
            return TEST
        return CALIBRATION if split == CALIBRATION else None

    def cuts(self, class_name):
        """Says what is cut off from the pictures of a class, in this order.

        Args:
            class_name: str, a normal class.

        Returns:
            List of tuples: the split; float, its share of what is not cut off yet;
            tuple of str, the splits that must not stay empty for it.
        """
        of_rest = self.shares.calibration_of_rest
        of_rest = 0.0 if class_name in self.calibrated else of_rest
        of_all = 0.0 if self.has_test_split else self.shares.test
        others = (CALIBRATION, TRAIN) if of_rest else (TRAIN,)
        return [(TEST, of_all, others), (CALIBRATION, of_rest, (TRAIN,))]


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
