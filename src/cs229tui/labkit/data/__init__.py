"""Data for the labs, each with its name, source and licence; where one cannot be had, the next, and the lab says so."""

from cs229tui.labkit.data.fetching import DataError
from cs229tui.labkit.data.image_sets import IMAGE_SOURCES, Images, images
from cs229tui.labkit.data.labelled_sets import LABELLED_SOURCES, Labelled, labelled
from cs229tui.labkit.data.places import cache_folder, get, standing
from cs229tui.labkit.data.registry import DATASETS, Dataset
from cs229tui.labkit.data.texts import LIBRARY_TEXT, SOURCES, Corpus, corpus

__all__ = [
    "DATASETS",
    "IMAGE_SOURCES",
    "LABELLED_SOURCES",
    "LIBRARY_TEXT",
    "SOURCES",
    "Corpus",
    "DataError",
    "Dataset",
    "Images",
    "Labelled",
    "cache_folder",
    "corpus",
    "get",
    "images",
    "labelled",
    "standing",
]
