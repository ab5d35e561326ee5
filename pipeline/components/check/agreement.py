"""Whether a server's answers are those of the detector."""

from pipeline.pipeline_error import PipelineError

_VERDICT, _P_VALUE = "is_novel", "p_value"
_RELATIVE = 1e-5  # rounding of values that are large, far above every threshold


class Agreement:
    """Compares answers with what is expected, and keeps the largest difference.

    The difference of an output is taken in deviations of the normal class, and may be
    the margin within which the detector itself takes scores for the same. The verdict
    and the p-value must be those of a score within the margin.

    Args:
        expected: `TrainerScores`.
        margin: float, in deviations.
    """

    def __init__(self, expected, margin):
        self._expected = expected
        self._margin = margin
        self.largest_difference = 0.0
        self.largest_of = None

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
        difference = None
        if name in (_VERDICT, _P_VALUE):
            low, high = (float(end[place]) for end in self._expected.ranges[name])
            agrees = low - 1e-6 <= float(value) <= high + 1e-6
        else:
            distance = abs(float(value) - float(wanted))
            difference = distance / self._expected.units[name][place]
            allowed = max(
                self._margin,
                _RELATIVE * abs(float(wanted)) / self._expected.units[name][place],
            )
            # Not `>` turned round: NaN must not agree.
            agrees = difference <= allowed
        if not agrees:
            by = (
                ""
                if difference is None
                else f", {difference:.3g} deviations of the normal class apart"
            )
            raise PipelineError(
                f"{name} of {self._expected.paths[place]}: the server says {value}, "
                f"the detector {wanted}{by} (allowed: {self._margin:g}). The exported "
                "model is not the detector that was trained: export it again."
            )
        if difference is not None and difference >= self.largest_difference:
            self.largest_difference, self.largest_of = difference, name
