"""演示: counsellors with hours and cases, merchants and coupons, books and clubs, people to meet (for `make run`).
Safe to repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted, today
from gonghui.membership.actions import Member, join
from gonghui.membership.models import MembershipChange
from gonghui.membership.queries import current_by_id
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.services import actions, files
from gonghui.services.models import Application, Fund, Offer, Seat
from gonghui.wellbeing.benefits import codes, merchants
from gonghui.wellbeing.models import (
    Book,
    Claim,
    Club,
    Counselling,
    Counsellor,
    EText,
    Loan,
    Merchant,
    Profile,
)

COUNTY, REGION = "cn.52.5201.520102", "520102"
# A grey picture of one dot: a photo for the demonstration.
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6368000000820081"
    "77cd72b60000000049454e44ae426082"
)
BOOKS = (
    ("9787020002207", "红楼梦", "曹雪芹", 3),
    ("9787020008735", "西游记", "吴承恩", 2),
    ("9787530212004", "平凡的世界", "路遥", 1),
    ("9787111213826", "Java 编程思想", "Bruce Eckel", 2),
    ("9787506365437", "活着", "余华", 2),
)
LUNYU = """学而篇第一（节选）

子曰：“学而时习之，不亦说乎？有朋自远方来，不亦乐乎？人不知而不愠，不亦君子乎？”
曾子曰：“吾日三省吾身：为人谋而不忠乎？与朋友交而不信乎？传不习乎？”
子曰：“不患人之不己知，患不知人也。”
"""
PEOPLE = (
    ("山风", "M", 1995, "赵山风"),
    ("小云", "F", 1997, "钱小云"),
    ("晨光", "M", 1993, "孙晨光"),
    ("若水", "F", 1996, "李若水"),
)


def load_demo() -> int:
    """How many things were made now."""
    union = Organisation.objects.filter(path=COUNTY).first()
    if union is None or Counselling.objects.exists() or Book.objects.exists():
        return 0
    made = 0
    for part in (_counselling, _benefits, _books, _meeting):
        made += part(union)
    return made


def _staff(username: str, role: str) -> Actor:
    account = Account.objects.filter(username=username).first()
    return Actor("staff", account.pk if account else None, username, (Duty(role, COUNTY),))


def _worker(number: int) -> Actor:
    phone = f"139000050{number:02d}"
    found = Account.objects.filter(kind="worker", display_name="", username=f"w-wellbeing-{number}").first()
    account = found or Account.objects.create_worker(phone)
    return actor_for(account)


def _apply(person: Actor, service: str, values: dict[str, Any]) -> Matter:
    return actions.apply(person, actions.service_for(service, REGION), values).matter


def _counselling(union: Organisation) -> int:
    account = Account.objects.filter(username="counsellor_nm").first()
    if account is None:
        return 0
    row, _made = Counsellor.objects.get_or_create(account=account, defaults={"organisation": union, "gender": "F"})
    for weekday in range(5):
        row.shifts.get_or_create(weekday=weekday, starts=time(9), defaults={"ends": time(18)})
    told = (
        ("work", "最近赶工，天天睡不着，一上班就心慌。", "moderate"),
        ("family", "", "none"),
        ("mood", "觉得撑不下去，不想活了。", "severe"),
    )
    for number, (topic, words, scale) in enumerate(told):
        values = {
            "topic": topic, "told": words, "way": "phone", "region": REGION, "part": "evening", "gender": "any",
            "day": (today() + timedelta(days=1)).isoformat(), "call_name": f"来访者{number + 1}",
            "phone": f"139000050{number:02d}", "scale": scale,
        }  # fmt: skip
        matter = _apply(_worker(number), "M23", values)
        if number == 0:
            _talk(matter, account, "phone", now() + timedelta(days=1))
    own = Account.objects.filter(username="w-demo").first()
    if own is not None:
        # The demonstration's own worker talks by video in a quarter of an hour: the address is on their page.
        wish: dict[str, Any] = {
            "topic": "sleep", "told": "", "way": "video", "region": REGION, "part": "evening", "gender": "any",
            "day": today().isoformat(), "call_name": "小河", "phone": "13800012351", "scale": "mild", "discreet": True,
        }  # fmt: skip
        _talk(_apply(actor_for(own), "M23", wish), account, "video", now() + timedelta(minutes=15))
    return len(told)


def _talk(matter: Matter, account: Account, way: str, starts: datetime) -> None:
    def do(step: str, data: dict[str, Any]) -> None:
        act(matter.pk, step, actor_for(account), data)

    do("triage", {"risk": "medium", "counsellor": str(account.pk)})
    do("schedule", {"starts": starts.isoformat(), "minutes": "90", "way": way, "place": ""})
    if way == "video":
        do("meet", {"meeting": "https://meeting.tencent.com/dm/demonstration"})


def _benefits(union: Organisation) -> int:
    Fund.objects.get_or_create(
        service="M22", organisation=union, year=today().year, source="union", defaults={"total": Decimal("50000")}
    )
    seller = _worker(10)
    licence = files.keep_file(seller.account_id, "W01", _picture("licence.png"))
    values = {
        "shop": "南明四季超市（演示）", "uscc": "91110108551385082Q", "licence": [licence.pk], "trade": "market",
        "region": REGION, "address": "南明区中山东路 8 号", "discount": "会员日九折，满 100 减 20", "contact": "老周",
        "phone": "13900005010", "payee": "南明四季超市", "bank": "贵阳银行中山支行", "account": "10200011112222",
        "promise": True,
    }  # fmt: skip
    matter = _apply(seller, "W01", values)
    act(matter.pk, "check", _staff("handler_nm", "handler"), {"note": "执照、代码相符，现场看过价签。"})
    act(matter.pk, "list", _staff("leader_nm", "leader"))
    shop = Merchant.objects.get(matter=matter)
    until = date(today().year + (today().month == 12), today().month % 12 + 1, 28).isoformat()
    offer = Offer.objects.create(
        service="M22", organisation=union, region=REGION, title="会员日满百减二十", place="南明区上架商家",
        capacity=200, status="published", made_at=now(),
        data={"value": "20.00", "threshold": "100.00", "use_until": until},
    )  # fmt: skip
    for number, redeemed in ((11, True), (12, False)):
        member = _worker(number)
        born = with_check(f"52010219900307{number}70")
        who = Member(f"演示会员{number}", born, f"139000050{number}", account_id=member.account_id)
        if current_by_id(born) is None:
            join(_staff("handler_nm", "handler"), union, who, kind=MembershipChange.Kind.IMPORTED)
        _apply(member, "M22", {"coupon": offer.pk, "region": REGION, "name": f"演示会员{number}", "id_no": born})
        if redeemed:
            claim = Claim.objects.latest("pk")
            merchants.redeem(seller, shop, codes.code_of(claim.pk, now()), Decimal(120))
    return 4


def _picture(name: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, DOT, content_type="image/png")


def _books(union: Organisation) -> int:
    for isbn, title, author, copies in BOOKS:
        Book.objects.create(
            organisation=union, isbn=isbn, title=title, author=author, copies=copies, shelf="南明区职工书屋一楼（演示）"
        )
    EText.objects.create(
        organisation=union, title="论语（节选）", author="孔子弟子", rights="public", source="古籍，已进入公有领域",
        body=LUNYU, added_at=now(),
    )  # fmt: skip
    one = Book.objects.get(title="平凡的世界")
    for number in (13, 14):
        values = {
            "book_no": one.pk, "region": REGION, "name": f"演示读者{number}", "phone": f"139000050{number}",
            "promise": True,
        }  # fmt: skip
        matter = _apply(_worker(number), "M25", values)
        if Loan.objects.get(application__matter=matter).state == "kept":
            act(matter.pk, "lend", _staff("handler_nm", "handler"))
    founder = _worker(15)
    values = {
        "club_name": "南明羽毛球社（演示）", "kind": "sport", "purpose": "每周三晚上打球，新手也欢迎", "founders": 12,
        "region": REGION, "name": "吴球友", "phone": "13900005015",
    }  # fmt: skip
    act(_apply(founder, "W03", values).pk, "approve", _staff("handler_nm", "handler"), {})
    club = Club.objects.latest("pk")
    starts = now() + timedelta(days=6)
    Offer.objects.create(
        service="W05", organisation=union, region=REGION, title="周三双打", place="南明区文化宫二楼", capacity=16,
        starts=starts, ends=starts + timedelta(hours=2), status="published", data={"club": str(club.pk)},
        made_at=now(),
    )  # fmt: skip
    return len(BOOKS) + 4


def _meeting(union: Organisation) -> int:
    starts = now() - timedelta(hours=20)
    past = Offer.objects.create(
        service="W06", organisation=union, region=REGION, title="河滨公园徒步联谊", place="河滨公园北门", capacity=20,
        starts=starts, ends=starts + timedelta(hours=4), status="closed", made_at=starts - timedelta(days=9),
    )  # fmt: skip
    ahead = now() + timedelta(days=12)
    Offer.objects.create(
        service="W06", organisation=union, region=REGION, title="包饺子联谊", place="南明区职工之家", capacity=24,
        starts=ahead, ends=ahead + timedelta(hours=3), status="published", made_at=now(),
    )  # fmt: skip
    for place, (nick, gender, year, name) in enumerate(PEOPLE):
        person = _worker(16 + place)
        photo = files.keep_file(person.account_id, "M24", _picture("photo.png"))
        number = with_check(f"520102{year}0{place + 1}15{'123' if gender == 'M' else '124'}0")
        values = {
            "name": name, "id_no": number, "phone": f"139000050{16 + place}", "region": REGION, "single": True,
            "nick": nick, "photo": [photo.pk], "about_me": "在南明上班，周末爱爬山、做饭。", "true_promise": True,
            "good_promise": True, "match_promise": True,
        }  # fmt: skip
        with time_shifted(-timedelta(days=6)):
            matter = _apply(person, "M24", values)
            act(matter.pk, "verify", _staff("handler_nm", "handler"), {"seen": ["member", "person", "single"]})
        _was_there(past, Profile.objects.get(application__matter=matter))
    return len(PEOPLE) + 2


def _was_there(offer: Offer, profile: Profile) -> None:
    """Signed up and present, before the demonstration begins."""
    service = actions.service_for("W06", REGION)
    before: Callable[..., Any] = time_shifted
    assert offer.starts is not None
    with before(offer.starts - now() - timedelta(days=3)):
        Offer.objects.filter(pk=offer.pk).update(status="published")
        person = actor_for(profile.account)
        matter = actions.apply(person, service, {"event": offer.pk, "region": REGION, "promise": True}).matter
        Offer.objects.filter(pk=offer.pk).update(status="closed")
    with before(offer.starts - now() + timedelta(hours=1)):
        act(matter.pk, "mark_present", _staff("handler_nm", "handler"))
    assert Seat.objects.filter(application=Application.objects.get(matter=matter), checked_in_at__isnull=False).exists()
