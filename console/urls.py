from django.contrib import admin
from django.urls import path

from console.api.root import api
from console.views import agent_form, agent_versions, agents, docs, health, parts, projects, sign_in, system_health

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
    path("health", system_health.health, name="health"),
    path("health/report", system_health.report, name="health-report"),
    path("docs", docs.docs, name="docs"),
    path("docs/<slug:name>", docs.docs, name="docs-page"),
    path("projects/choose", projects.choose, name="project-choose"),
]

handler400 = "console.views.errors.bad_request"
handler403 = "console.views.errors.forbidden"
handler404 = "console.views.errors.not_found"
handler500 = "console.views.errors.fault"
