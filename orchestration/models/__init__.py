"""Pipelines and their versions, runs and their steps, and the events of a run."""

from orchestration.models.events import ReceivedEvent, RunEvent
from orchestration.models.pipelines import Dialect, Pipeline, PipelineVersion
from orchestration.models.runs import Run, StepRun, Trigger

__all__ = ["Dialect", "Pipeline", "PipelineVersion", "ReceivedEvent", "Run", "RunEvent", "StepRun", "Trigger"]
