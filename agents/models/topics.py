from typing import ClassVar

from django.db import models

from console.tenancy import OrgOwned

LONGEST_TOPIC = 64


class TopicRoute(OrgOwned):
    """Which model does the work of a topic. `topic` is in lower case; `model` is a reference, as defaults hold it."""

    ID_PREFIX = "topic"

    topic = models.CharField(max_length=LONGEST_TOPIC)
    model = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "topic"], name="topic_in_organization"),
        ]

    def __str__(self) -> str:
        return self.topic
