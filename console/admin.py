"""Django's admin, for superusers. It shows; changing is done where the rules are: on pages, API and command line."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

_ROOMS = ("console", "evaluation", "orchestration", "agents")
#: Packages whose rows are looked at here too. Their own forms could change what our services guard.
_PACKAGES = ("account", "socialaccount", "mfa", "django_celery_beat")
#: Never shown, not even sealed or hashed.
_HIDDEN = {"ciphertext", "token_hash", "key_hash", "password", "secret", "token", "token_secret", "extra_data"}
#: The same of one model, where another's field of that name is worth seeing.
_HIDDEN_OF = {"console.BrowserSession": {"data"}, "mfa.Authenticator": {"data"}}
_MOST_COLUMNS = 7


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs alone
    """A model that superusers may look at."""

    list_per_page = 50
    show_full_result_count = False

    def get_list_display(self, request: HttpRequest) -> Any:  # noqa: ARG002  # the same for everybody
        shown = [f.name for f in self._seen() if f.name != "id" and not _is_long(f)]
        return ["__str__", *shown[:_MOST_COLUMNS]]

    def get_list_select_related(self, request: HttpRequest) -> Any:
        columns = set(self.get_list_display(request))
        return [f.name for f in self.opts.concrete_fields if f.is_relation and f.name in columns]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        return [f.name for f in self._seen()]

    def get_search_fields(self, request: HttpRequest) -> Any:  # noqa: ARG002
        named = {"name", "slug", "email", "title", "display_name", "action"}
        return [f.name for f in self.opts.concrete_fields if f.name in named]

    def _seen(self) -> list[Any]:
        hidden = _HIDDEN | _HIDDEN_OF.get(self.opts.label, set())
        return [field for field in self.opts.concrete_fields if field.name not in hidden]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


def _is_long(field: Any) -> bool:
    return isinstance(field, models.TextField | models.JSONField)


def register() -> None:
    """Show every model of ours and of the packages that keep rows for us, and nothing else."""
    for model in [*admin.site._registry]:  # noqa: SLF001  # Django offers no other list of them
        admin.site.unregister(model)
    for label in (*_ROOMS, *_PACKAGES):
        for model in apps.get_app_config(label).get_models():
            # A table whose key is made of several columns can't be opened by the admin.
            if not isinstance(model._meta.pk, models.CompositePrimaryKey):  # noqa: SLF001  # Django's documented name
                admin.site.register(model, ReadOnly)


admin.site.site_header = admin.site.site_title = "Callboard"
admin.site.index_title = "Everything there is, to look at"
admin.site.enable_nav_sidebar = False
# Its own sign-in knows neither second factors nor the limit of attempts.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
