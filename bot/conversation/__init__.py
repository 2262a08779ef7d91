"""The conversation: an event goes in, a state and effects come out. It knows no channel."""
