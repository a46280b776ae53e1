"""Datasets and the tasks seeded from them, the verdicts on runs, and what is done with many runs at once."""

from evaluation.models.bulk import BulkAct, BulkVerb
from evaluation.models.datasets import Dataset, DatasetStatus, SeededTask
from evaluation.models.verdicts import Verdict

__all__ = ["BulkAct", "BulkVerb", "Dataset", "DatasetStatus", "SeededTask", "Verdict"]
