"""Forms whose checks are the service's, so that a page and a program are told the same, and all of it at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import ClassVar

from django import forms
from django.forms.utils import ErrorDict
from django.http import HttpRequest, QueryDict

from console.errors import DomainError, Problem


def sent_in(request: HttpRequest) -> QueryDict | None:
    """Return what was sent to a form, or None where its page is only being opened."""
    return request.POST if request.method == "POST" else None


class ServiceForm(forms.Form):
    """Keeps what was typed as it was typed, checks nothing itself, and shows a service's problems at its fields.

    A view calls the service inside `with form.problems_shown():` and leaves the block by returning. What comes after
    the block shows the form again.
    """

    use_required_attribute = False

    #: The field of a problem, by the last part of the problem's path, where the two differ.
    FIELDS: ClassVar[Mapping[str, str]] = {}

    @property
    def status(self) -> int:
        """Return the HTTP status of the page that shows the form: 422 once something was sent that can't be used."""
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.is_bound else HTTPStatus.OK

    def full_clean(self) -> None:
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}

    def sent(self, name: str) -> str:
        """Return what was typed into a field, without blanks around it."""
        return str(self.data.get(self.add_prefix(name), "")).strip()

    @contextmanager
    def problems_shown(self) -> Iterator[None]:
        """Put the problems of a service's error on the fields; an error without any goes on to its own page."""
        try:
            yield
        except DomainError as error:
            if not error.problems:
                raise
            for problem in error.problems:
                self.show(problem)

    def show(self, problem: Problem) -> None:
        last = str(problem.path[-1]) if problem.path else ""
        field = self.FIELDS.get(last, last)
        self.add_error(field if field in self.fields else None, problem.message)
