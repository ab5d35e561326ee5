"""Pictures, plots and the report."""

from keras_novnorm.visualization.colour_bar import colour_bar
from keras_novnorm.visualization.figures import gallery, reconstruction_sheet
from keras_novnorm.visualization.heat_map_file import write_heat_map
from keras_novnorm.visualization.overlay import overlay
from keras_novnorm.visualization.regions import find_regions
from keras_novnorm.visualization.report import write_report

__all__ = [
    "colour_bar",
    "find_regions",
    "gallery",
    "overlay",
    "reconstruction_sheet",
    "write_heat_map",
    "write_report",
]
