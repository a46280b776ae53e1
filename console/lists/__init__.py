"""Long lists in pages."""
