"""What labels in tables and records mean: classes, or normal and anomalous."""

NORMAL, ANOMALOUS = "good", "anomaly"

_WORDS = {"0": NORMAL, "1": ANOMALOUS}


class ClassLabels:
    """Makes classes of labels, once all of them were seen.

    Where every label is 0 or 1 and no class is named beside, 0 is "good" and 1 is
    "anomaly". Labels that stand beside named classes say which of those are normal.
    Any other labels are names of classes themselves.

    Attributes:
        class_names: set of str, classes that were named.
    """

    def __init__(self):
        self.class_names = set()
        self._labels = set()
        self._of_class = {}

    def see(self, class_name, label):
        """Takes one picture's class and label in.

        Args:
            class_name: str or None.
            label: str or None.

        Raises:
            ValueError: a class has two labels.
        """
        if class_name is None:
            self._labels.add(label)
            return
        self.class_names.add(class_name)
        if label is not None and self._of_class.setdefault(class_name, label) != label:
            raise ValueError(
                f"class {class_name!r} has label {label!r} here and "
                f"{self._of_class[class_name]!r} before; a class is normal or not, as "
                "a whole"
            )

    def class_of(self, class_name, label):
        """Returns str, the class of a picture that was seen."""
        if class_name is not None:
            return class_name
        return _WORDS[label] if self._labels <= set(_WORDS) else label

    def all_classes(self):
        """Returns sorted list of str."""
        found = self.class_names | {
            self.class_of(None, label) for label in self._labels
        }
        return sorted(found)

    def normal_classes(self):
        """Returns list of str, those that are normal where nobody says; or empty."""
        said = [n for n, label in self._of_class.items() if label in ("0", NORMAL)]
        if said:
            return sorted(said)
        return [NORMAL] if NORMAL in self.all_classes() else []
