"""The part of the conversation for administrators: accounts, reviews, departures, imports."""
