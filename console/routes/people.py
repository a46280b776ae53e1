"""The pages about people: who belongs where, how they get in, and what they did."""

from allauth.account.views import reauthenticate
from django.urls import include, path
from django.views.generic import RedirectView

from console.views import account, invitations, set_up, settings_audit, settings_members, settings_projects, sign_in
from console.views.guard import page

_factors = page()(RedirectView.as_view(pattern_name="account"))

#: Pages that django-allauth looks up by its own names.
_allauth = [
    path("sign-in", sign_in.sign_in, name="account_login"),
    path("sign-in/cancelled", sign_in.sso_cancelled, name="socialaccount_login_cancelled"),
    path("sign-in/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("sign-out", sign_in.sign_out, name="account_logout"),
    path("account/confirm", reauthenticate, name="account_reauthenticate"),
    path("account/second-factor/", _factors, name="mfa_index"),
    path("account/second-factor/webauthn/", _factors, name="mfa_list_webauthn"),
    path("account/second-factor/", include("allauth.mfa.urls")),
]

urlpatterns = [
    *_allauth,
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
