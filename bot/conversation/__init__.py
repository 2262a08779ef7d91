"""The conversation: events go in, a state and effects come out. It knows no channel and no clock."""
