"""Values and rules of the desk: no input or output, no clock, no chance of its own."""
