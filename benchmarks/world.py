"""Whom and what the measurements run for: an organization, its admin, and pipelines of a given shape."""

import functools
import itertools
import time
import uuid
from dataclasses import dataclass

from agents.llm.catalogue import RULES
from agents.services.models import defaults_set
from console.access import Actor, Role
from console.models import Membership, Organization, Project, User
from orchestration.graph import Edge, Graph, Node
from orchestration.models import Dialect, Pipeline, PipelineVersion, Run

#: Longer than anything measured here should take.
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class World:
    organization: Organization
    project: Project
    user: User
    actor: Actor


@functools.cache
def world() -> World:
    """Return the one organization of the benchmarks, made on first use."""
    organization = Organization.objects.create(slug="benchmarks", name="Benchmarks")
    project = Project.objects.create(organization=organization, name="Benchmarks")
    user = User.objects.create_user("bench@example.com", name="Benchmark")
    Membership.objects.create(user=user, organization=organization, role=Role.ORG_ADMIN)
    actor = Actor(organization_id=organization.pk, user_id=user.pk, label=user.name, roles={None: Role.ORG_ADMIN})
    defaults_set(actor=actor, judge=RULES, simulator=RULES)
    return World(organization, project, user, actor)


@functools.cache
def chain(kind: str, length: int) -> PipelineVersion:
    """Return a published pipeline of `length` steps of a kind, one after another."""
    nodes = [Node(id=f"s{number}", kind=kind) for number in range(length)]
    edges = [Edge(source=a.id, target=b.id) for a, b in itertools.pairwise(nodes)]
    return published(f"{length} × {kind}", Graph(nodes=tuple(nodes), edges=tuple(edges)))


_PUBLISHED: dict[str, PipelineVersion] = {}


def published(name: str, graph: Graph) -> PipelineVersion:
    """Return a published pipeline of a graph, made on first use."""
    if name not in _PUBLISHED:
        _PUBLISHED[name] = _publish(name, graph)
    return _PUBLISHED[name]


def _publish(name: str, graph: Graph) -> PipelineVersion:
    place = world()
    pipeline = Pipeline.objects.create(
        organization=place.organization, project=place.project, name=name, dialect=Dialect.FIELDS
    )
    return PipelineVersion.objects.create(
        organization=place.organization, pipeline=pipeline, number=1, definition={},
        graph=graph.model_dump(mode="json"), published_by=place.user.name,
    )  # fmt: skip


def wait_for(run_ids: list[uuid.UUID]) -> None:
    """Return when every run has ended; raise if one has not ended well. Asks seldom, so as not to be measured."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Run.objects.filter(pk__in=run_ids, finished_at=None).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not all of {len(run_ids)} runs ended within {PATIENCE_SECONDS} s.")
        time.sleep(0.05)
    if Run.objects.filter(pk__in=run_ids).exclude(status="completed").exists():
        raise RuntimeError("A run did not end well, so its time means nothing.")
