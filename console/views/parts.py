"""The sheet of parts: every component on one page, for whoever builds pages. With DEBUG, or for superusers."""

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.display.status import LOOKS
from console.views import parts_samples

SURFACES = (
    ("Page", "--bg"),
    ("Sidebar, sunken", "--side"),
    ("Raised", "--raised"),
    ("Hover", "--hover"),
    ("Selected", "--sel"),
    ("Hairline", "--line"),
    ("Line", "--line2"),
    ("Field border", "--field"),
    ("Ink", "--ink"),
    ("Ink 2", "--ink2"),
    ("Ink 3", "--ink3"),
    ("Accent", "--accent"),
    ("Accent soft", "--accent-s"),
)
TONES = ("queued", "running", "waiting", "passed", "failed", "ungraded", "cancelled")


class SampleForm(forms.Form):
    """A field of each kind."""

    name = forms.CharField(help_text="Unique in Larkfield", initial="hello-sandbox")
    judge = forms.ChoiceField(choices=[("sonnet", "Claude Sonnet 4.5"), ("rules", "Rules, no model")])
    timeout = forms.IntegerField(
        label="Run timeout", max_value=1800, error_messages={"max_value": "Use 1 to 1800 seconds."}
    )
    description = forms.CharField(required=False, widget=forms.Textarea)
    file = forms.FileField(required=False)
    checked = forms.BooleanField(label="Checked", required=False)
    unchecked = forms.BooleanField(label="Not checked", required=False)
    switched = forms.BooleanField(label="On", required=False)
    chosen = forms.ChoiceField(
        label="One of two", choices=[("a", "Chosen"), ("b", "Not chosen")], widget=forms.RadioSelect
    )
    code = forms.CharField(label="Code", widget=forms.Textarea)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG or getattr(request.user, "is_superuser", False)):
        raise Http404
    return render(
        request,
        "parts.html",
        {
            "layout": "layouts/console.html" if getattr(request, "place", None) else "layouts/plain.html",
            "surfaces": SURFACES,
            "tones": TONES,
            "statuses": list(LOOKS),
            "form": SampleForm(parts_samples.FIELDS),
            **parts_samples.CHOICES,
            **parts_samples.RUN,
            **parts_samples.PICTURES,
            **parts_samples.dated(timezone.now()),
        },
    )
