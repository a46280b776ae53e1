"""The providers: one file and one line of the registry each, imported when the provider is first asked."""
