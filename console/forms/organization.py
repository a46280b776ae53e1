from django import forms

from console.forms.service import ServiceForm
from console.organizations import LONGEST_NAME


class OrganizationForm(ServiceForm):
    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME}))
