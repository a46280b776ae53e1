"""Datasets and the tasks seeded from them, and the verdicts on runs."""

from evaluation.models.datasets import Dataset, DatasetStatus, SeededTask
from evaluation.models.verdicts import Verdict

__all__ = ["Dataset", "DatasetStatus", "SeededTask", "Verdict"]
