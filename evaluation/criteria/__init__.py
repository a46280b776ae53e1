"""Criteria: questions about an answer that a program can settle.

A new one is a class in a file here and a name in `AnyCriterion`.
"""

from typing import Annotated, get_args

from pydantic import Field

from evaluation.criteria.base import CriterionShape, Finding
from evaluation.criteria.conduct import NoException, Refusal
from evaluation.criteria.pattern import Regex
from evaluation.criteria.structure import JsonSchema, JsonValid
from evaluation.criteria.text import Contains, Equals, NonEmpty

AnyCriterion = NonEmpty | NoException | Contains | Equals | Regex | JsonValid | JsonSchema | Refusal

#: Any criterion, told apart by its `type`.
Criterion = Annotated[AnyCriterion, Field(discriminator="type")]
CRITERION_TYPES: tuple[str, ...] = tuple(
    get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(AnyCriterion)
)

__all__ = [
    "CRITERION_TYPES",
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
