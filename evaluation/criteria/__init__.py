"""Criteria: questions about an answer that a program can settle.

A new one is a class in a file here and a name in `AnyCriterion`.
"""

from collections.abc import Mapping
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
#: The class of each type, in the order in which they are offered.
CRITERIA: Mapping[str, type[CriterionShape]] = {
    get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(AnyCriterion)
}
CRITERION_TYPES: tuple[str, ...] = tuple(CRITERIA)

__all__ = [
    "CRITERIA",
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
