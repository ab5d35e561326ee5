"""Where the maps of scored pictures go, and that nothing of the user's is there."""

import os
import pathlib

from novnorm.exit_code import NotUnderstoodError


class MapPlaces:
    """A place for each picture's maps, no two the same.

    They lie below their folder as the pictures do below theirs.

    Args:
        pictures: list of `FoundPicture`, all that will be scored.
        heat_maps: str, folder of the heat maps, or None.
        maps_npy: str, folder of the maps as arrays, or None.
    """

    def __init__(self, pictures, heat_maps, maps_npy):
        inner = _inner_names(pictures)
        self._heat_maps = self._places(pictures, heat_maps, inner, _as_png)
        self._arrays = self._places(pictures, maps_npy, inner, lambda n: n + ".npy")

    @staticmethod
    def _places(pictures, folder, inner, as_file):
        if not folder:
            return {}
        names = _numbered([as_file(name) for name in inner])
        return {
            picture.file: pathlib.Path(folder, name)
            for picture, name in zip(pictures, names, strict=True)
        }

    def heat_map(self, picture):
        """Returns `pathlib.Path` of a picture's heat map."""
        return self._heat_maps[picture.file]

    def array(self, picture):
        """Returns `pathlib.Path` of a picture's map; its folder is made."""
        path = self._arrays[picture.file]
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def all(self):
        """Returns list of `pathlib.Path`, every place."""
        return [*self._heat_maps.values(), *self._arrays.values()]


def refuse_to_overwrite(places, pictures):
    """Makes sure that no picture is written over by what comes of it.

    Args:
        places: iterable of paths that will be written.
        pictures: iterable of `FoundPicture`.

    Raises:
        NotUnderstoodError: one of the places is a picture that is scored.
    """
    known = {os.path.realpath(picture.file) for picture in pictures}
    for place in places:
        if os.path.realpath(place) in known:
            raise NotUnderstoodError(
                f"{place} is one of the pictures to score, and would be overwritten. "
                "Give another place for what is written."
            )


def _inner_names(pictures):
    """Paths below one folder: the names themselves, if they are such."""
    names = [os.path.normpath(picture.name) for picture in pictures]
    if not any(os.path.isabs(n) or n.split(os.sep)[0] == os.pardir for n in names):
        return names
    files = [os.path.abspath(picture.file) for picture in pictures]
    root = os.path.commonpath([os.path.dirname(file) for file in files])
    return [os.path.relpath(file, root) for file in files]


def _as_png(name):
    return name if name.lower().endswith(".png") else name + ".png"


def _numbered(names):
    """The names, with a number in those that came before."""
    taken, result = set(), []
    for name in names:
        stem, ending = os.path.splitext(name)
        number = 1
        while name in taken:
            number += 1
            name = f"{stem} ({number}){ending}"
        taken.add(name)
        result.append(name)
    return result
