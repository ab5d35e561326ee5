"""The stages of `novnorm train`, in their order."""

import hashlib
import time

from keras_novnorm.advice import find_training_outliers, most_novel
from keras_novnorm.datasets.shares import SHARES, Shares
from novnorm import train_tables
from novnorm.evaluation import evaluate_examples
from novnorm.read_data import confirm, read_data
from novnorm.report_page import write_page
from novnorm.run_folder import save_detector, write_json
from novnorm.scorer import DetectorScorer
from novnorm.train_choice import asked_folds, choose
from novnorm.train_summary import describe_finished, describe_run

_FORMAT = 1


class TrainStages:
    """One run, from pictures to an export.

    Args:
        run: `RunFolder`.
        asked: dict of the options that make the run what it is.
        opened: `Data`, as `open_data` gives it.
        console: `Console`.
    """

    def __init__(self, run, asked, opened, console):
        self._run = run
        self._asked = asked
        self._opened = opened
        self._console = console
        self._started = time.time()

    def run(self, ask=False):
        """Does what is not done yet.

        Args:
            ask: bool, whether a person at a terminal is asked before training.

        Returns:
            Tuple of the run's record, for `--json`, and a list of lines for people.

        Raises:
            ValueError: the folder holds another run, or the pictures do not allow what
                is asked.
        """
        self._record = self._take_up()
        if self._record.get("stage") == "done":
            self._console.note(f"The run in {self._run.folder} is finished already.")
            return self._record, describe_finished(self._run, self._record)
        read = read_data(
            self._opened,
            int(self._asked["max_megapixels"] * 1e6),
            self._asked["limit_rejected"],
            self._console,
            self._shares(),
            train_tables.read_splits(self._run) if "stage" in self._record else None,
        )
        chosen, self._advice = choose(self._asked, self._opened, read, self._console)
        if ask and "stage" not in self._record:
            confirm(self._console)
        self._begin(read, chosen)
        detector, history = self._train(read, chosen)
        return self._finish(read, chosen, detector, history)

    def _take_up(self):
        """The record of an earlier start of this run, or a new one."""
        fingerprint = self._opened.source.fingerprint()
        fresh = {"format": _FORMAT, "asked": self._asked, "fingerprint": fingerprint}
        if not self._run.is_run():
            return fresh
        found = self._run.read_record()
        before = found.get("asked", {})
        differs = [
            f"{name.replace('_', '-')} is {value!r}, was {before.get(name)!r}"
            for name, value in self._asked.items()
            if before.get(name) != value
        ]
        if found.get("fingerprint") != fingerprint and not differs:
            differs = ["the pictures have changed"]
        if differs:
            raise ValueError(
                f"{self._run.folder} holds another run: {'; '.join(differs)}. Give "
                "another --out, or delete that folder. (To move the threshold alone: "
                f"novnorm calibrate {self._run.folder} --target-fpr A)"
            )
        return found

    def _shares(self):
        asked = self._asked["shares"]
        shares = Shares.of(asked) if asked else SHARES
        return shares.without_calibration() if asked_folds(self._asked) else shares

    def _begin(self, read, chosen):
        self._record.update(
            stage=self._record.get("stage", "training"),
            chosen=chosen,
            summary=read.summary.as_json(),
            data_digest=_digest(read.data),
        )
        # First: it tells the folder from one with other files.
        self._run.write_record(self._record)
        train_tables.write_pictures(self._run.pictures, read.data)
        train_tables.write_rejected(self._run.rejected, read.data)

    def _train(self, read, chosen):
        from novnorm.training import Training

        training = Training(read.data, chosen, self._run, self._console)
        history = training.train()
        write_json(self._run.history, history)
        return training.detector, history

    def _finish(self, read, chosen, detector, history):
        from novnorm.cross_calibration import calibrate

        self._console.note("calibrating")
        collapsed = calibrate(detector, read.data, chosen, self._run, self._console)
        history["is_collapsed"] |= bool(collapsed)
        history["messages"] += collapsed
        save_detector(detector, self._run.detector)
        self._record["stage"] = "testing"
        self._record["calibration"] = {
            "source": self._opened.source.name,
            "num_images": int(detector.calibration.num_scores.numpy()),
            "target_fpr": chosen["target_fpr"],
            "threshold": detector.threshold,
            "folds": chosen["folds"],
        }
        self._run.write_record(self._record)
        scorer = DetectorScorer(detector)
        self._look_at_training(scorer, read.data)
        evaluation = self._test(scorer, read.data)
        self._record["metrics"] = evaluation.metrics
        self._record["advice"] = [finding.as_json() for finding in self._advice]
        self._record["collapsed"] = history["is_collapsed"]
        self._record["cut_short"] = history["is_cut_short"]
        self._record["messages"] = history["messages"]
        self._record["versions"] = scorer.card["versions"]
        if self._asked["report"] and evaluation.rows:
            self._report(scorer, read, evaluation, history)
        if self._asked["export"]:
            self._export(detector, history["is_collapsed"])
        self._record["stage"] = "done"
        spent = self._record.get("seconds", 0.0) + time.time() - self._started
        self._record["seconds"] = round(spent, 1)
        self._run.write_record(self._record)

        from novnorm.training import forget_checkpoints

        forget_checkpoints(self._run)
        return self._record, describe_run(self._run, self._record, scorer.card)

    def _look_at_training(self, scorer, data):
        examples = data.examples["train"]
        wrapped = self._console.progress(examples, len(examples), "looking back")
        pictures = (one.image_bytes for one in wrapped)
        scores = [
            scored.outputs["score"]
            for scored in scorer.score(pictures, were_learned=True)
        ]
        paths = [one.path for one in examples]
        shown = most_novel(paths, scores)
        self._record["most_novel_training"] = shown
        found = find_training_outliers(paths, scores)
        if found:
            self._advice.append(found)
            outliers = found.numbers["pictures"]
            shown = outliers + shown[len(outliers) :]
        train_tables.show_pictures(self._run.look_at, shown, examples, scorer)

    def _test(self, scorer, data):
        examples = data.examples["test"]
        with_masks = any(one.mask_bytes for one in examples)
        wrapped = self._console.progress(examples, len(examples), "testing")
        evaluation = evaluate_examples(scorer, wrapped, with_masks)
        train_tables.write_scores(self._run.scores, evaluation)
        write_json(self._run.metrics, evaluation.metrics)
        return evaluation

    def _report(self, scorer, read, evaluation, history):
        self._console.note("writing the report")
        examples = read.data.examples["test"]
        trained = {one.path: one for one in read.data.examples["train"]}
        shown = self._record["most_novel_training"]
        write_page(
            self._run.report,
            f"Novelty report: {self._opened.source.name}",
            scorer,
            evaluation.rows,
            lambda positions: [examples[place].image_bytes for place in positions],
            metrics=evaluation.metrics,
            history=history["metrics"],
            rejected=read.data.rejected + read.data.refused_masks,
            advice=self._advice,
            most_novel_training=shown,
            load_training=lambda positions: [
                trained[shown[place]["path"]].image_bytes for place in positions
            ],
            facts={"data digest": self._record["data_digest"]}
            | {"seed": self._asked["seed"]}
            | {"trained": time.strftime("%Y-%m-%d %H:%M", time.gmtime()) + " UTC"},
        )

    def _export(self, detector, is_collapsed):
        from keras_novnorm.export import export_saved_model

        if is_collapsed:
            self._record["export"] = None
            return
        self._console.note("exporting")
        # Of a run that was stopped here, the version may be there already.
        version = self._run.export / "1"
        if not version.exists():
            version = export_saved_model(detector, self._run.export, 1)
        self._record["export"] = str(version)


def _digest(data):
    """One name for what was trained and calibrated on, whatever the files."""
    digest = hashlib.sha256()
    for split in ("train", "calibration"):
        for one in sorted(example.sha256 for example in data.examples[split]):
            digest.update(f"{split}:{one}\n".encode())
    return digest.hexdigest()
