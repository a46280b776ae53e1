"""The pages about people: who belongs where, how they get in, and what they did."""

from django.urls import path

from console.views import account, invitations, set_up, settings_audit, settings_members, settings_projects

urlpatterns = [
    path("account", account.show, name="account"),
    path("account/name", account.name, name="account-name"),
    path("account/password", account.password, name="account-password"),
    path("account/sessions/end", account.end_all, name="account-end-all"),
    path("account/sessions/<str:session_id>/end", account.end, name="account-session-end"),
    path("invitations/<str:secret>", invitations.accept, name="invitation"),
    path("set-up/<str:secret>", set_up.begin, name="set-up"),
    path("settings/audit", settings_audit.index, name="settings-audit"),
    path("settings/audit/export", settings_audit.export, name="settings-audit-export"),
    path("settings/members", settings_members.index, name="settings-members"),
    path("settings/members/invite", settings_members.invite, name="settings-member-invite"),
    path("settings/members/<str:membership_id>", settings_members.detail, name="settings-member"),
    path("settings/members/<str:membership_id>/remove", settings_members.remove, name="settings-member-remove"),
    path("settings/invitations/<str:invitation_id>/revoke", settings_members.revoke, name="settings-invitation-revoke"),
    path("settings/projects/new", settings_projects.new, name="settings-project-new"),
    path("settings/projects/<str:project_id>", settings_projects.edit, name="settings-project"),
]
