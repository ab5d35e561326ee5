"""What `novnorm score` gives: a table, files, and a document."""

import pathlib

import numpy as np

from keras_novnorm.advice import find_threshold_drift
from keras_novnorm.cli.map_places import MapPlaces, refuse_to_overwrite
from keras_novnorm.cli.report_page import to_picture, write_page
from keras_novnorm.cli.run_folder import write_json
from keras_novnorm.cli.score_table import order_outputs, write_table
from keras_novnorm.cli.scoring import read_picture

MOST_ROWS = 20


class ScoreOutputs:
    """Takes scored files one by one, and writes what was asked for.

    Args:
        arguments: parsed arguments of `novnorm score`.
        pictures: list of `FoundPicture`, all that will be scored.
        scorer: as `open_scorer` gives it.
        max_pixels: int.

    Attributes:
        rows: list of dict, one for each file: `path`, the model's outputs, `reason`.
        wants_maps: bool, whether anomaly maps are needed.

    Raises:
        NotUnderstoodError: a picture would be overwritten.
        ValueError: maps are wanted, and the model has no threshold for them.
    """

    def __init__(self, arguments, pictures, scorer, max_pixels):
        self._arguments = arguments
        self._places = MapPlaces(pictures, arguments.heat_maps, arguments.maps_npy)
        files = (arguments.csv, arguments.regions, arguments.report)
        refuse_to_overwrite(
            [*self._places.all(), *(file for file in files if file)], pictures
        )
        self._scorer = scorer
        self._max_pixels = max_pixels
        self._names = []
        self._files = []
        self._regions = []
        self.rows = []
        self.wants_maps = bool(
            arguments.heat_maps or arguments.maps_npy or arguments.regions
        )
        if self.wants_maps and scorer.map_scale is None:
            raise ValueError(
                f"{arguments.model} has no threshold for maps: it was calibrated by an "
                "older version. Calibrate it again: novnorm calibrate MODEL FOLDER"
            )

    @property
    def num_novel(self):
        """int, how many pictures are novel."""
        return sum(row.get("is_novel", False) for row in self.rows)

    @property
    def num_set_aside(self):
        """int, how many files could not be scored."""
        return sum(bool(row["reason"]) for row in self.rows)

    @property
    def num_scored(self):
        """int, how many pictures were scored."""
        return len(self.rows) - self.num_set_aside

    def take(self, scored):
        """Takes one file in.

        Args:
            scored: `ScoredFile`.
        """
        name = scored.picture.name
        self._files.append(scored.picture.file)
        self.rows.append({"path": name, **scored.outputs, "reason": scored.reason})
        if scored.reason:
            return
        self._names = order_outputs(scored.outputs)
        if self.wants_maps:
            self._write_maps(scored)

    def _write_maps(self, scored):
        from keras_novnorm.visualization import find_regions, write_heat_map

        arguments, scorer = self._arguments, self._scorer
        picture = scored.picture
        if arguments.heat_maps:
            write_heat_map(
                self._places.heat_map(picture),
                to_picture(scored.image_bytes),
                scored.anomaly_map,
                scorer.map_scale,
                scorer.map_threshold,
            )
        if arguments.maps_npy:
            np.save(self._places.array(picture), scored.anomaly_map)
        if arguments.regions:
            found = find_regions(scored.anomaly_map, scorer.map_threshold)
            height, width = scored.anomaly_map.shape
            self._regions.append(
                {
                    "path": picture.name,
                    "width": width,
                    "height": height,
                    "regions": found,
                }
            )

    def finish(self):
        """Writes the files that were asked for."""
        arguments = self._arguments
        if arguments.csv:
            write_table(arguments.csv, self.columns(), self.rows)
        if arguments.regions:
            document = {
                "map_threshold": self._scorer.map_threshold,
                "box": "left, top, right, bottom; right and bottom are not in it",
                "pictures": self._regions,
            }
            write_json(pathlib.Path(arguments.regions), document)
        self._advice = self._find_advice()
        if arguments.report:
            self._write_report()

    def columns(self):
        """Returns list of str, the columns of the table."""
        return ["path", *self._names, "reason"]

    def document(self):
        """Returns dict, the result as JSON."""
        card = self._scorer.card
        return {
            "model": self._arguments.model,
            "threshold": card["threshold"],
            "target_fpr": card["target_fpr"],
            "counts": self._counts(),
            "pictures": self.rows,
            "advice": [finding.as_json() for finding in self._advice],
        }

    def text(self):
        """Returns str, the result for people: the most novel pictures first."""
        scored = [row for row in self.rows if not row["reason"]]
        scored.sort(key=lambda row: -row["score"])
        lines = _table(scored[:MOST_ROWS]) if scored else []
        if len(scored) > MOST_ROWS:
            rest = len(scored) - MOST_ROWS
            more = "" if self._arguments.csv else "; --csv FILE has all of them"
            lines.append(f"and {rest} less novel ones{more}")
        rejected = [row for row in self.rows if row["reason"]]
        lines += [f"set aside: {r['path']}: {r['reason']}" for r in rejected[:5]]
        if len(rejected) > 5:
            lines.append(f"and {len(rejected) - 5} more set aside")
        counts = self._counts()
        lines.append(
            f"{counts['novel']} of {counts['scored']} novel (score above "
            f"{self._scorer.card['threshold']:.6g})"
            + f", {counts['set_aside']} set aside"
            * bool(counts["set_aside"])
        )
        lines += [f"advice: {finding.text}" for finding in self._advice]
        return "\n".join(lines)

    def _counts(self):
        return {
            "found": len(self.rows),
            "scored": self.num_scored,
            "novel": self.num_novel,
            "set_aside": self.num_set_aside,
        }

    def _find_advice(self):
        if not self._arguments.all_normal:
            return []
        card = self._scorer.card
        found = find_threshold_drift(
            [row["p_value"] for row in self.rows if not row["reason"]],
            card["num_calibration_images"],
            card["target_fpr"],
        )
        return [found] if found else []

    def _write_report(self):
        places = [n for n, row in enumerate(self.rows) if not row["reason"]]
        if not places:
            raise ValueError("No picture was scored: there is nothing to report on.")
        files = [self._files[place] for place in places]
        label = {"label": 0} if self._arguments.all_normal else {}
        write_page(
            pathlib.Path(self._arguments.report),
            "Novelty report",
            self._scorer,
            [{**self.rows[place], **label} for place in places],
            lambda chosen: [
                read_picture(files[place], self._max_pixels)[0] for place in chosen
            ],
            rejected=[
                (row["path"], row["reason"]) for row in self.rows if row["reason"]
            ],
            advice=self._advice,
        )


def _table(rows):
    names = [min(len(row["path"]), 60) for row in rows]
    width = max([*names, 7])
    lines = [f"{'picture':<{width}}  {'score':>10}  {'p-value':>8}  verdict"]
    for row in rows:
        path = row["path"]
        path = path if len(path) <= 60 else "..." + path[-57:]
        verdict = "novel" if row["is_novel"] else "normal"
        lines.append(
            f"{path:<{width}}  {row['score']:>10.4f}  {row['p_value']:>8.4f}  {verdict}"
        )
    return lines
