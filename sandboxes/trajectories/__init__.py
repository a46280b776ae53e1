"""What was seen while an agent ran: one model of a step for every source, and what is made of it."""
