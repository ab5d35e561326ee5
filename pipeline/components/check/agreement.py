"""Whether a server's answers are those of the detector."""

import numpy as np

from pipeline.pipeline_error import PipelineError

_VERDICT, _P_VALUE = "is_novel", "p_value"


class Agreement:
    """Compares answers with what is expected, and keeps the largest difference.

    The difference of an output is relative: to the expected value, or to the mean
    size of this output, whichever is larger, because a score may be next to 0. The
    verdict must be the same, unless the score is that close to the threshold; a
    p-value, which goes in steps, may be one step off.

    Args:
        expected: `TrainerScores`.
        tolerance: float.
    """

    def __init__(self, expected, tolerance):
        self._expected = expected
        self._tolerance = tolerance
        self._scale = {
            name: float(np.mean(np.abs(values.astype("float64"))))
            for name, values in expected.outputs.items()
        }
        self.largest_difference = 0.0

    def check(self, answer, places):
        """Compares one answer.

        Args:
            answer: dict from the names of outputs to arrays [B].
            places: list of int, which of the expected pictures were sent.

        Raises:
            PipelineError: they differ; the text says in what.
        """
        expected = self._expected.outputs
        if set(answer) != set(expected):
            raise PipelineError(
                f"The server's outputs are {sorted(answer)}, the detector's are "
                f"{sorted(expected)}. Export the detector again."
            )
        for name in sorted(expected):
            if answer[name].shape != (len(places),):
                raise PipelineError(
                    f"The server's {name} of {len(places)} pictures has shape "
                    f"{answer[name].shape}."
                )
            for value, place in zip(answer[name], places, strict=True):
                self._compare(name, value, place)

    def _compare(self, name, value, place):
        wanted = self._expected.outputs[name][place]
        if name == _VERDICT:
            agrees = bool(value) == bool(wanted) or self._is_at_threshold(place)
            difference = None
        elif name == _P_VALUE:
            step = 1 / (self._expected.num_calibration + 1)
            agrees, difference = abs(value - wanted) <= 1.01 * step, None
        else:
            size = max(abs(float(wanted)), self._scale[name], 1e-30)
            difference = abs(float(value) - float(wanted)) / size
            # Not `<=` turned round: NaN must not agree.
            agrees = difference <= self._tolerance
        if not agrees:
            by = "" if difference is None else f", {difference:.3g} of it"
            raise PipelineError(
                f"{name} of {self._expected.paths[place]}: the server says {value}, "
                f"the detector {wanted}{by} (allowed: {self._tolerance:g}). The "
                "exported model is not the detector that was trained: export it again."
            )
        if difference is not None:
            self.largest_difference = max(self.largest_difference, difference)

    def _is_at_threshold(self, place):
        score, threshold = (
            float(self._expected.outputs[name][place])
            for name in ("score", "threshold")
        )
        return abs(score - threshold) <= self._tolerance * max(
            abs(threshold), self._scale["score"]
        )
