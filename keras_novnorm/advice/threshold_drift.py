"""Whether the threshold still keeps its promise on new normals."""

import numpy as np

from keras_novnorm.advice.finding import Finding

SIGNIFICANCE = 0.01
_FEWEST = 20


def find_threshold_drift(p_values, num_calibration, target_fpr, significance=None):
    """Tests whether normals still score as those did that the threshold is from.

    p-values of normals like those of the calibration are spread evenly. They lie on a
    grid of `n + 1` steps, so they are compared with that grid, by the two-sample
    Kolmogorov-Smirnov test, which allows for the chance in both.

    Args:
        p_values: float array [N], of normal pictures that neither training nor
            calibration saw.
        num_calibration: int, number of the calibration scores.
        target_fpr: float, the rate that the threshold is for.
        significance: float; 0.01 unless given.

    Returns:
        `Finding` whose numbers are `num_normals`, `statistic`, `test_p_value`,
        `flagged_share` and `target_fpr`; or None: no drift shows, or there are fewer
        than 20 normals.
    """
    from scipy import stats

    significance = SIGNIFICANCE if significance is None else significance
    p_values = np.asarray(p_values, "float64")
    p_values = p_values[np.isfinite(p_values)]
    if p_values.size < _FEWEST or num_calibration < 1:
        return None
    grid = np.arange(1, num_calibration + 2) / (num_calibration + 1)
    # To one precision: p-values come as float32.
    test = stats.ks_2samp(p_values.astype("float32"), grid.astype("float32"))
    if test.pvalue >= significance:
        return None
    flagged = float(np.mean(p_values <= target_fpr + 1e-7))
    return Finding(
        "threshold_drift",
        f"Normal pictures have changed since the calibration: the p-values of "
        f"{p_values.size} are not spread evenly (Kolmogorov-Smirnov test, p = "
        f"{test.pvalue:.2g}), and {flagged:.1%} of them are called novel where "
        f"{target_fpr:.2%} were allowed. Calibrate on new held-out normals: novnorm "
        "calibrate MODEL FOLDER",
        {
            "num_normals": int(p_values.size),
            "statistic": float(test.statistic),
            "test_p_value": float(test.pvalue),
            "flagged_share": flagged,
            "target_fpr": target_fpr,
        },
    )
