"""Every tag and filter of the console. It is a builtin of the template engine, so templates need no `load`."""

from django import template

from console.templatetags import blocks, choices, facts, filters, pictures, words

register = template.Library()
for part in (blocks, choices, facts, filters, pictures, words):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
