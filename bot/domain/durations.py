"""Durations in French words, for what people are told about how long something is kept."""

YEAR = 365  # days
NUMBERS = ("", "", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


def hours_in_words(hours: int) -> str:
    """« une heure », « trois heures », « trois jours »: whole days above one are said as days."""
    if hours > 24 and hours % 24 == 0:
        return days_in_words(hours // 24)
    return "une heure" if hours == 1 else f"{_number(hours)} heures"


def days_in_words(days: int) -> str:
    """« un jour », « 90 jours », « trois ans »: only whole years are said as years."""
    if days % YEAR == 0:
        years = days // YEAR
        return "un an" if years == 1 else f"{_number(years)} ans"
    return "un jour" if days == 1 else f"{_number(days)} jours"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)
