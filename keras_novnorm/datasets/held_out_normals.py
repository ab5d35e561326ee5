"""A source of pictures with normals of another source to calibrate with."""

import dataclasses

from keras_novnorm.datasets.one_class_split import CALIBRATION
from keras_novnorm.datasets.source_image import ImageSource, fingerprint_of


class HeldOutNormals(ImageSource):
    """Pictures of a source, and normal ones of another that calibrate.

    Of the other source, pictures of the normal classes are taken, by their names. Where
    it has one class only, of whatever name, all are taken for the normal class.

    Args:
        source: `ImageSource`, to train and test on.
        held_out: `ImageSource`, to calibrate with.
        normal_classes: tuple of str, the normal classes of `source`.

    Raises:
        ValueError: there is no telling which pictures are normal.
    """

    def __init__(self, source, held_out, normal_classes):
        self._source = source
        self._held_out = held_out
        self._classes = _match(held_out, tuple(normal_classes))
        self._prefix = f"{held_out.name}/"
        self.name = source.name
        self.class_names = source.class_names
        self.default_normal = source.default_normal
        self.has_test_split = source.has_test_split
        self.has_calibration_split = True
        layout = getattr(source, "layout", "")
        self.layout = f"{layout}; calibrated with {held_out.name}".lstrip("; ")

    def elements(self, wanted=None):
        yield from self._source.elements(wanted)
        for element in self._held_out.elements():
            name = self._classes.get(element.class_name)
            if element.problem:  # It belongs nowhere, and is set aside.
                path = f"{self._prefix}{element.path}"
                yield dataclasses.replace(element, path=path, split=None)
            elif name and (wanted is None or wanted(name, CALIBRATION)):
                yield dataclasses.replace(
                    element,
                    path=f"{self._prefix}{element.path}",
                    class_name=name,
                    split=CALIBRATION,
                )

    def read(self, element):
        if not element.path.startswith(self._prefix):
            return self._source.read(element)
        path = element.path.removeprefix(self._prefix)
        read = self._held_out.read(dataclasses.replace(element, path=path))
        return dataclasses.replace(read, path=element.path)

    def would_take(self, path):
        return self._source.would_take(path) or self._held_out.would_take(path)

    def fingerprint(self):
        return fingerprint_of(
            [self._source.fingerprint(), self._held_out.fingerprint(), self._classes]
        )


def _match(held_out, normal_classes):
    """Which class of the other source is which of this one."""
    found = {name: name for name in held_out.class_names if name in normal_classes}
    if not found and len(normal_classes) == 1 and len(held_out.class_names) == 1:
        found = {held_out.class_names[0]: normal_classes[0]}
    if not found:
        raise ValueError(
            f"{held_out.name} has the classes {', '.join(held_out.class_names)}, of "
            f"which none is normal ({', '.join(normal_classes)}), so there is nothing "
            "to calibrate with. Give a folder with pictures only, or with a folder "
            "named as each normal class."
        )
    return found
