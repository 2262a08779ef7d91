"""The errors that every folder raises: an answer that cannot be read, a start that cannot be made,
a ticket whose processing is restricted."""

from enum import StrEnum


class Fault(StrEnum):
    """The rule an answer broke: `kind.rule`, the key of the French text that explains it."""

    NUMBER_ROUNDED = "number.rounded"
    NIR_LENGTH = "nir.length"
    NIR_CHARACTERS = "nir.characters"
    NIR_KEY = "nir.key"
    NIR_SEX = "nir.sex"
    NIR_MONTH = "nir.month"
    NIR_DEPARTMENT = "nir.department"
    NIR_COMMUNE = "nir.commune"
    NIR_ORDER = "nir.order"
    NIR_SPECIMEN = "nir.specimen"
    SIRET_LENGTH = "siret.length"
    SIRET_CHARACTERS = "siret.characters"
    SIRET_KEY = "siret.key"
    DATE_FORM = "date.form"
    DATE_SHORT_YEAR = "date.short_year"
    DATE_IMPOSSIBLE = "date.impossible"
    DATE_YEAR_RANGE = "date.year_range"
    DATE_FUTURE = "date.future"
    YEAR_FORM = "year.form"
    YEAR_RANGE = "year.range"
    PERIOD_FORM = "period.form"
    PERIOD_REVERSED = "period.reversed"
    NAME_EMPTY = "name.empty"
    NAME_DIGITS = "name.digits"
    NAME_CHARACTERS = "name.characters"
    NAME_TOO_LONG = "name.too_long"
    NAME_SEVERAL = "name.several"
    NAME_SENTENCE = "name.sentence"
    EMPLOYER_NAME_TOO_SHORT = "employer_name.too_short"
    EMPLOYER_NAME_TOO_LONG = "employer_name.too_long"
    EMPLOYER_NAME_QUESTION = "employer_name.question"
    EMPLOYER_NAME_CHARACTERS = "employer_name.characters"
    EMAIL_FORM = "email.form"
    EMAIL_TOO_LONG = "email.too_long"
    EMAIL_NUMBER = "email.number"
    TEXT_EMPTY = "text.empty"
    TEXT_TOO_LONG = "text.too_long"
    IDENTIFIER_FORM = "identifier.form"
    IDENTIFIER_NUMBER = "identifier.number"
    AMOUNT_FORM = "amount.form"
    AMOUNT_NEGATIVE = "amount.negative"
    AMOUNT_ZERO = "amount.zero"
    AMOUNT_TOO_LARGE = "amount.too_large"
    AMOUNT_DECIMALS = "amount.decimals"
    TRANSFER_REFERENCE_LENGTH = "transfer_reference.length"
    TRANSFER_REFERENCE_CHARACTERS = "transfer_reference.characters"
    TRANSFER_REFERENCE_DIGITS = "transfer_reference.digits"


class StartError(Exception):
    """Settings, keys, database or files cannot be used; the message says, in French, what to do."""


class RestrictedError(Exception):
    """The processing of a ticket is restricted (GDPR article 18): it is stored, and nothing else.

    The message says so in French; it names the reference alone.
    """

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"Le traitement de la demande {reference} est limité (RGPD art. 18) : elle est "
            "conservée, mais ni lue, ni transmise, ni modifiée. Pour lever la limitation : "
            f"guichet tickets restrict {reference} --lift"
        )


class InvalidAnswerError(ValueError):
    """An answer cannot be read, or can be read in several ways: `readings`, to choose from.

    The message is the fault alone: an error travels into logs and traces, where nothing that a
    person typed may appear.
    """

    def __init__(self, fault: StrEnum, readings: tuple[str, ...] = ()) -> None:
        super().__init__(fault.value)
        self.fault: str = fault.value
        self.readings = readings
