"""Public holidays: the same days as the library `holidays` has them."""

from datetime import date

import holidays
import pytest

from bot.domain.working_days import Region, easter, holidays_of

# The library gives Good Friday to both departments of Alsace (6AE) and to Moselle (57).
SUBDIVISIONS = {
    Region.METROPOLE: None,
    Region.ALSACE_MOSELLE: "57",
    Region.GUADELOUPE: "971",
    Region.MARTINIQUE: "972",
    Region.GUYANE: "973",
    Region.REUNION: "974",
    Region.MAYOTTE: "976",
    Region.SAINT_BARTHELEMY: "BL",
    Region.SAINT_MARTIN: "MF",
    Region.SAINT_PIERRE_ET_MIQUELON: "PM",
    Region.NOUVELLE_CALEDONIE: "NC",
    Region.POLYNESIE: "PF",
    Region.WALLIS_ET_FUTUNA: "WF",
}


@pytest.mark.parametrize("region", Region)
def test_every_region_has_the_days_of_the_library(region: Region) -> None:
    for year in range(2025, 2061):
        known = holidays.country_holidays("FR", subdiv=SUBDIVISIONS[region], years=year)
        assert holidays_of(region, year) == set(known), year


@pytest.mark.parametrize(
    "sunday", [date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25)]
)
def test_easter_moves(sunday: date) -> None:
    assert easter(sunday.year) == sunday
