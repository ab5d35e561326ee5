import pytest

from keras_novnorm.datasets.fitting_size import fitting_size


@pytest.mark.parametrize(
    ("sizes", "pixels", "expected"),
    [
        ([(1254, 500)] * 3, None, (320, 800)),  # proportions kept, within the budget
        ([(1254, 500)] * 3, 65536, (160, 384)),
        ([(265, 377)], None, (384, 256)),
        ([(28, 28)], None, (128, 128)),  # enlarged to the least
        ([(4000, 3000)], None, (448, 576)),
        ([(10, 5000)], 1024, (32, 32)),
        ([(100, 200), (200, 100)], None, (128, 128)),  # neither way in the median
    ],
)
def test_median_proportions_within_a_budget(sizes, pixels, expected):
    found = fitting_size(sizes, pixels)
    assert found == expected
    assert found[0] * found[1] <= (pixels or 512 * 512)


def test_what_has_no_meaning_is_refused():
    with pytest.raises(ValueError, match="1024 or more. Received: 1000"):
        fitting_size([(10, 10)], 1000)
    with pytest.raises(ValueError, match="no picture"):
        fitting_size([])
