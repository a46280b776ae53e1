from typing import ClassVar

from django.db import models

from console.tenancy import OrgOwned


class AuditEntry(OrgOwned):
    """One change: who did what to which thing, and what it was before and after. Never holds a secret."""

    ID_PREFIX = "audit"

    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=255)
    action = models.CharField(max_length=64)
    target_id = models.CharField(max_length=64)
    target_label = models.CharField(max_length=255, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        # Keys sort by time. Each filter of the trail has an index that ends in the key, so that no page sorts a table.
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="audit_by_organization"),
            models.Index(fields=["organization", "actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["organization", "action", "-id"], name="audit_by_action"),
            models.Index(fields=["organization", "target_id", "-id"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.action} {self.target_label or self.target_id}"
