"""演示: the pick-up points of a county, with sizes, and who hands over there (for `make run`). Safe to repeat."""

from __future__ import annotations

from gonghui.kernel.times import today
from gonghui.people.models import Account
from gonghui.services.models import PointKeeper, Stock
from gonghui.venues.models import Venue

UNION, KEEPER, EACH = "cn.52.5201.520103", "station_yy", 6
SIZES = ("M", "L", "XL")


def load_demo() -> int:
    """How many shelves there are at the county's stations."""
    keeper, count = Account.objects.filter(username=KEEPER).first(), 0
    for venue in Venue.objects.select_related("organisation").filter(organisation__path=UNION, kind="station"):
        for size in SIZES:
            Stock.objects.get_or_create(
                service="M04", organisation=venue.organisation, item="头盔、雨衣", year=today().year,
                venue_number=venue.pk, variant=size,
                defaults={"total": EACH, "place": f"{venue.name}（{venue.address}）", "hours": "工作日 9:00—17:00"},
            )  # fmt: skip
            count += 1
        if keeper is not None:
            PointKeeper.objects.get_or_create(account=keeper, organisation=venue.organisation, venue_number=venue.pk)
    return count
