"""What `novnorm score` gives: a table, files, and a document."""

import pathlib

from keras_novnorm.advice import find_threshold_drift
from novnorm.exit_code import NotUnderstoodError
from novnorm.growing_table import GrowingTable, columns_of, state_of
from novnorm.map_places import refuse_to_overwrite
from novnorm.report_page import write_page
from novnorm.run_folder import write_json
from novnorm.score_maps import ScoreMaps
from novnorm.score_notes import ScoreNotes
from novnorm.scoring import read_picture

MOST_ROWS = 20


class ScoreOutputs:
    """Takes scored files one by one, and writes what was asked for.

    Args:
        arguments: parsed arguments of `novnorm score`.
        pictures: list of `FoundPicture`, all that will be scored.
        scorer: as `open_scorer` gives it.
        max_pixels: int.

    Attributes:
        rows: list of dict, one for each file: `path`, the model's outputs, `reason`,
            `note`.
        wants_maps: bool, whether anomaly maps are needed.
        num_taken_up: int, pictures that an earlier start of the same command scored.
        began_anew: bool, whether the table was one of another command.

    Raises:
        NotUnderstoodError: a picture would be overwritten.
        ValueError: maps are wanted, and the model has no threshold for them.
    """

    def __init__(self, arguments, pictures, scorer, max_pixels):
        self._arguments = arguments
        self._maps = ScoreMaps(arguments, pictures, scorer)
        files = (arguments.csv, arguments.regions, arguments.report)
        refuse_to_overwrite(
            [*self._maps.places(), *(file for file in files if file)], pictures
        )
        self._scorer = scorer
        self._max_pixels = max_pixels
        self._pictures = pictures
        self._regions = []
        self._notes = ScoreNotes()
        self.rows = []
        self.wants_maps = bool(
            arguments.heat_maps or arguments.maps_npy or arguments.regions
        )
        if self.wants_maps and not scorer.has_map:
            raise NotUnderstoodError(
                f"{arguments.model} has no anomaly maps: its method tells that a "
                "picture is novel, not where. Leave out --heat-maps, --maps-npy and "
                "--regions, or train another preset."
            )
        if self.wants_maps and scorer.map_scale is None:
            raise ValueError(
                f"{arguments.model} has no threshold for maps: it was calibrated by an "
                "older version. Calibrate it again: novnorm calibrate MODEL FOLDER"
            )
        self._table = self._open_table()

    @property
    def num_novel(self):
        """int, how many pictures are novel."""
        return sum(row.get("is_novel", False) for row in self.rows)

    @property
    def num_set_aside(self):
        """int, how many files could not be scored."""
        return sum(bool(row["reason"]) for row in self.rows)

    @property
    def num_without_maps(self):
        """int, how many pictures have a result that could not be written."""
        return self._notes.num_unwritten

    @property
    def num_scored(self):
        """int, how many pictures were scored."""
        return len(self.rows) - self.num_set_aside

    def take(self, scored):
        """Takes one file in.

        Args:
            scored: `ScoredFile`.
        """
        row = {"path": scored.picture.name, **scored.outputs, "reason": scored.reason}
        unwritten, regions = {}, None
        if self.wants_maps and not scored.reason:
            unwritten, regions = self._maps.write(scored)
        row["note"] = self._notes.add(row["path"], scored.unlike, unwritten)
        self._keep(row, regions)
        if self._table:
            self._table.add(row, regions)

    def _keep(self, row, regions):
        self.rows.append(row)
        if regions:
            self._regions.append(regions)

    def _open_table(self):
        """The table, and the rows in it of an earlier start of this command."""
        self.num_taken_up, self.began_anew = 0, False
        arguments, card = self._arguments, self._scorer.card
        if not arguments.csv:
            return None
        command = {
            "card": card,
            "pictures": [[p.name, p.file, state_of(p.file)] for p in self._pictures],
            "max_pixels": self._max_pixels,
            "files": [arguments.heat_maps, arguments.maps_npy, arguments.regions],
        }
        table = GrowingTable(arguments.csv, columns_of(card), command)
        for row, regions in zip(table.rows, table.extras, strict=True):
            self._notes.take_up(row["path"], row["note"])
            self._keep(row, regions)
        self.num_taken_up, self.began_anew = len(table.rows), table.began_anew
        return table

    def close(self):
        """Closes what is open; an unfinished table stays to go on from."""
        if self._table:
            self._table.close()

    def finish(self):
        """Writes the files that were asked for."""
        arguments = self._arguments
        if self._table:
            self._table.finish()
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

    def document(self):
        """Returns dict, the result as JSON."""
        card = self._scorer.card
        return {
            "model": self._arguments.model,
            "threshold": card["threshold"],
            "target_fpr": card["target_fpr"],
            "counts": self._counts(),
            "pictures": self.rows,
            "notes": self._notes.as_json(),
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
        lines += self._notes.lines()
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
        files = [self._pictures[place].file for place in places]
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
