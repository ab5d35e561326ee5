import pytest

from keras_novnorm.advice import advise_on_number_of_normals
from keras_novnorm.calibration.threshold import threshold_rank


@pytest.mark.parametrize(
    ("held_out", "target", "needed", "smallest"),
    [(4, 0.01, 99, 0.2), (50, 0.01, 99, 0.0197), (0, 0.05, 19, None)],
)
def test_too_few_say_how_many_and_what_works(held_out, target, needed, smallest):
    found = advise_on_number_of_normals(held_out, target)
    assert found.kind == "few_normals" and f"needs {needed} " in found.text
    assert found.numbers["needed"] == needed
    assert found.numbers["smallest_target_fpr"] == smallest
    if smallest:
        assert f"ask for {smallest}" in found.text
        assert advise_on_number_of_normals(held_out, smallest) is None


@pytest.mark.parametrize("target", [0.01, 0.02, 0.05, 0.07, 0.1, 1 / 3])
def test_what_it_lets_pass_is_what_the_threshold_can_be_set_from(target):
    for held_out in range(1, 120):
        found = advise_on_number_of_normals(held_out, target)
        if found is None:
            assert threshold_rank(held_out, target) >= 1
        else:
            with pytest.raises(ValueError, match=f"needs {found.numbers['needed']} "):
                threshold_rank(held_out, target)
