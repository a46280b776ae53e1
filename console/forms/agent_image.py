"""The part of an agent's form that says which image its sandbox has."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from pydantic import JsonValue

from console.display.options import Option
from console.errors import Invalid, Problem
from console.forms.agent_rows import one_newline
from console.forms.service import ServiceForm

DEFAULT, DOCKERFILE = "default", "dockerfile"


class ImagePart(ServiceForm):
    BASE_IMAGES: ClassVar = (Option("Default image", DEFAULT), Option("Custom Dockerfile", DOCKERFILE))

    base_image = forms.CharField(label="Base image")
    dockerfile = forms.CharField(
        label="Dockerfile", required=False,
        help_text="FROM the base image is put before it. Only RUN, ENV and WORKDIR; steps run as the normal user, "
        "who may sudo.",
        widget=forms.Textarea(
            attrs={"autocapitalize": "off", "autocomplete": "off", "spellcheck": "false", "wrap": "off"}
        ),
    )  # fmt: skip
    build_image = forms.BooleanField(label="Build image now", required=False)

    @staticmethod
    def image_initial(spec: Mapping[str, Any]) -> dict[str, JsonValue]:
        """Return what the fields show of a spec."""
        body = str(spec.get("dockerfile", ""))
        return {"base_image": DOCKERFILE if body else DEFAULT, "dockerfile": body, "build_image": True}

    def image_body(self) -> str:
        """Return the body of the Dockerfile as it is sent, blank for the default image; raise Invalid without one."""
        if not self.has_image:
            return ""
        body = one_newline(str(self["dockerfile"].value() or ""))
        if not body.strip():
            raise Invalid.of(
                [Problem("Write at least one RUN, ENV or WORKDIR, or take the default image.", "dockerfile")]
            )
        return body

    @property
    def has_image(self) -> bool:
        """Say whether an image of its own is asked for."""
        return str(self["base_image"].value() or DEFAULT) == DOCKERFILE

    @property
    def is_to_be_built(self) -> bool:
        return self.has_image and bool(self["build_image"].value())
