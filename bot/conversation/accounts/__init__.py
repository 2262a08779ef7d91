"""The administrators' room of the conversation: their accounts, reviews, departures, imports."""
