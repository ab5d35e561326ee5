"""Pictures, plots and the report."""

from keras_novnorm.visualization.report import write_report

__all__ = ["write_report"]
