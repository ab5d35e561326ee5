"""The different values of something, as long as they are few."""

import apache_beam as beam


class ListValues(beam.CombineFn):
    """Lists different values, and gives up where there are too many.

    Args:
        most: int, how many are not too many.

    Returns:
        (from `extract_output`) sorted list, or `None` where they are more than `most`.
    """

    def __init__(self, most):
        super().__init__()
        self._most = most

    def create_accumulator(self):
        return set()

    def add_input(self, values, value):
        # One more than allowed says that they are too many.
        if len(values) <= self._most:
            values.add(value)
        return values

    def merge_accumulators(self, accumulators):
        merged = set()
        for values in accumulators:
            for value in values:
                merged = self.add_input(merged, value)
        return merged

    def extract_output(self, values):
        return sorted(values) if len(values) <= self._most else None
