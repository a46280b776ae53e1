"""Criteria: questions about an answer that a program can settle.

A new one is a class in a file here and an entry in `Criterion`.
"""

from typing import Annotated

from pydantic import Field

from evaluation.criteria.base import CriterionShape, Finding
from evaluation.criteria.conduct import NoException, Refusal
from evaluation.criteria.pattern import Regex
from evaluation.criteria.structure import JsonSchema, JsonValid
from evaluation.criteria.text import Contains, Equals, NonEmpty

Criterion = Annotated[
    NonEmpty | NoException | Contains | Equals | Regex | JsonValid | JsonSchema | Refusal,
    Field(discriminator="type"),
]

__all__ = [
    "Contains",
    "Criterion",
    "CriterionShape",
    "Equals",
    "Finding",
    "JsonSchema",
    "JsonValid",
    "NoException",
    "NonEmpty",
    "Refusal",
    "Regex",
]
