"""What `novnorm score` writes of a picture's anomaly map."""

import numpy as np

from novnorm.map_places import MapPlaces


class ScoreMaps:
    """Writes heat maps and arrays, and finds regions, where they are asked for.

    Args:
        arguments: parsed arguments of `novnorm score`.
        pictures: list of `FoundPicture`, all that will be scored.
        scorer: as `open_scorer` gives it.
    """

    def __init__(self, arguments, pictures, scorer):
        self._arguments = arguments
        self._scorer = scorer
        self._places = MapPlaces(pictures, arguments.heat_maps, arguments.maps_npy)

    def places(self):
        """Returns list of `pathlib.Path`, every file that may be written."""
        return self._places.all()

    def write(self, scored):
        """Writes what is wanted of one picture; what cannot be written stops no other.

        Args:
            scored: `ScoredFile` with its map.

        Returns:
            Tuple of dict from a result to why it could not be written, and dict of the
            picture's regions, or None: they are not wanted.
        """
        unwritten = {}
        for name, wanted, write in (
            ("heat map", self._arguments.heat_maps, self._write_heat_map),
            ("map", self._arguments.maps_npy, self._write_array),
        ):
            try:
                if wanted:
                    write(scored)
            except OSError as error:
                unwritten[name] = error.strerror or str(error)
        return unwritten, self._regions(scored) if self._arguments.regions else None

    def _write_heat_map(self, scored):
        from keras_novnorm.visualization import write_heat_map
        from keras_novnorm.visualization.rgb_picture import picture_of_file

        write_heat_map(
            self._places.heat_map(scored.picture),
            picture_of_file(scored.image_bytes, self._scorer.card.get("value_range")),
            scored.anomaly_map,
            self._scorer.map_scale,
            self._scorer.map_threshold,
        )

    def _write_array(self, scored):
        np.save(self._places.array(scored.picture), scored.anomaly_map)

    def _regions(self, scored):
        from keras_novnorm.visualization import find_regions

        height, width = scored.anomaly_map.shape
        return {
            "path": scored.picture.name,
            "width": width,
            "height": height,
            "regions": find_regions(scored.anomaly_map, self._scorer.map_threshold),
        }
