import uuid
from typing import ClassVar

from django.db import models

from console.tenancy import OrgOwned


class Provider(models.TextChoices):
    """Whose wire format an endpoint speaks."""

    OPENAI = "openai", "OpenAI"
    OPENAI_COMPATIBLE = "openai_compatible", "OpenAI-compatible"
    ANTHROPIC = "anthropic", "Anthropic"
    GOOGLE = "google", "Google"


class Purpose(models.TextChoices):
    """What a model was called for."""

    JUDGE = "judge", "Judge"
    SIMULATOR = "simulator", "Simulated user"
    AGENT = "agent", "Agent"
    TEST = "test", "Test"


class ModelEndpoint(OrgOwned):
    """A model that may be called: where it is, with which credential, and what it costs."""

    ID_PREFIX = "model"

    display_name = models.CharField(max_length=255)
    provider = models.CharField(max_length=32, choices=Provider.choices)
    model_id = models.CharField(max_length=255)
    base_url = models.URLField(blank=True, max_length=2_000)
    credential = models.ForeignKey(
        "agents.Credential", on_delete=models.PROTECT, null=True, blank=True, related_name="model_endpoints"
    )
    #: US dollars per million tokens; null is unknown, not free.
    input_price = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    output_price = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    test_latency_ms = models.PositiveIntegerField(null=True, blank=True)
    #: What the provider answered to the last test, empty where it went well.
    test_error = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    credential_id: uuid.UUID | None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "display_name"],
                condition=models.Q(archived_at=None),
                name="model_name_in_organization",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


class ModelDefaults(OrgOwned):
    """The models an organization uses where nothing names one: a reference each, empty for none."""

    ID_PREFIX = "mdef"

    judge = models.CharField(max_length=64, blank=True)
    simulator = models.CharField(max_length=64, blank=True)
    #: Of prompt agents and steps that name neither a model nor a topic with a route.
    agent = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "model defaults"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization"], name="model_defaults_of_organization"),
        ]

    def __str__(self) -> str:
        return f"model defaults of {self.organization}"


class ModelCall(OrgOwned):
    """One call of a model: what for, how long, how many tokens, at what cost."""

    ID_PREFIX = "call"

    endpoint = models.ForeignKey(ModelEndpoint, on_delete=models.SET_NULL, null=True, related_name="+")
    agent_run = models.ForeignKey("agents.AgentRun", on_delete=models.CASCADE, null=True, related_name="model_calls")
    #: The pipeline run and the step that the call was made for, if any.
    run_id = models.UUIDField(null=True)
    step_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    model = models.CharField(max_length=255)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    #: US dollars; null where the endpoint has no prices.
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    latency_ms = models.PositiveIntegerField()
    error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["run_id"], name="model_call_by_run", condition=~models.Q(run_id=None)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.model}"
