"""How a model is asked to judge and its answer read. Pure: `evaluation.judge` makes the call."""
