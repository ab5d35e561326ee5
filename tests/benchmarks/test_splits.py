"""What the pages say of splits is measured."""

import numpy as np
import pytest

from benchmarks import few_normals, splits


@pytest.mark.slow
def test_the_table_of_moves_has_a_line_for_each_case(capsys):
    splits.main(["--trials", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(splits.CASES)
    assert splits.count_moved(100, 0, trial=1) == 0
    assert 0 <= splits.count_moved(100, 1, trial=1) <= 3


def test_rates_are_shares_above_the_threshold():
    known = np.arange(9.0)
    assert few_normals.rates(known, 0.1, [np.array([8.0, 8.5])]) == [0.5]
    assert np.isnan(few_normals.rates(known, 0.05, [known])).all()
