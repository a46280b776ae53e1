from django.contrib import admin
from django.urls import path

from console.api.root import api
from console.views import (
    agent_form,
    agent_versions,
    agents,
    builder,
    docs,
    health,
    parts,
    pipelines,
    projects,
    settings_credentials,
    settings_models,
    settings_organization,
    settings_tokens,
    sign_in,
    system_health,
)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("healthz", health.healthz, name="healthz"),
    path("parts", parts.show, name="parts"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-in/link/<str:secret>", sign_in.sign_in_link, name="sign-in-link"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("agents", agents.index, name="agents"),
    path("agents/new", agent_form.new, name="agent-new"),
    path("agents/check", agent_form.check, name="agent-check"),
    path("agents/<str:agent_id>", agents.detail, name="agent"),
    path("agents/<str:agent_id>/edit", agent_form.edit, name="agent-edit"),
    path("agents/<str:agent_id>/versions", agent_versions.show, name="agent-versions"),
    path("agents/<str:agent_id>/publish", agents.publish, name="agent-publish"),
    path("agents/<str:agent_id>/archive", agents.archive, name="agent-archive"),
    path("pipelines", pipelines.index, name="pipelines"),
    path("pipelines/new", builder.new, name="pipeline-new"),
    path("pipelines/<str:pipeline_id>", pipelines.detail, name="pipeline"),
    path("pipelines/<str:pipeline_id>/edit", builder.edit, name="pipeline-edit"),
    path("pipelines/<str:pipeline_id>/versions", pipelines.versions, name="pipeline-versions"),
    path("pipelines/<str:pipeline_id>/publish", pipelines.publish, name="pipeline-publish"),
    path("pipelines/<str:pipeline_id>/archive", pipelines.archive, name="pipeline-archive"),
    path("health", system_health.health, name="health"),
    path("health/report", system_health.report, name="health-report"),
    path("docs", docs.docs, name="docs"),
    path("docs/<slug:name>", docs.docs, name="docs-page"),
    path("settings/organization", settings_organization.show, name="settings-organization"),
    path("settings/models", settings_models.index, name="settings-models"),
    path("settings/models/new", settings_models.new, name="settings-model-new"),
    path("settings/models/defaults", settings_models.defaults, name="settings-model-defaults"),
    path("settings/models/<str:model_id>", settings_models.edit, name="settings-model"),
    path("settings/models/<str:model_id>/test", settings_models.test, name="settings-model-test"),
    path("settings/models/<str:model_id>/archive", settings_models.archive, name="settings-model-archive"),
    path("settings/credentials", settings_credentials.index, name="settings-credentials"),
    path("settings/credentials/new", settings_credentials.new, name="settings-credential-new"),
    path("settings/credentials/<str:credential_id>", settings_credentials.detail, name="settings-credential"),
    path(
        "settings/credentials/<str:credential_id>/delete",
        settings_credentials.delete,
        name="settings-credential-delete",
    ),
    path("settings/tokens", settings_tokens.index, name="settings-tokens"),
    path("settings/tokens/new", settings_tokens.new, name="settings-token-new"),
    path("settings/tokens/<str:token_id>/revoke", settings_tokens.revoke, name="settings-token-revoke"),
    path("projects/choose", projects.choose, name="project-choose"),
]

handler400 = "console.views.errors.bad_request"
handler403 = "console.views.errors.forbidden"
handler404 = "console.views.errors.not_found"
handler500 = "console.views.errors.fault"
