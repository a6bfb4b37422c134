"""The files that the pages speak of, small: orders, their lines, visits, a survey, and what is known of the people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2024, 1, 1, 9)
TALK = (
    "Page Viewed", "Product Viewed", "Products Searched", "Content Viewed", "Product Added", "Email Sent",
    "Email Link Clicked", "Post Created", "Comment Created", "Product Reviewed", "Product Shared", "Invite Sent",
    "Signed Up", "Subscribed", "Live Chat Message Sent", "Live Chat Message Received", "Complaint Created",
)  # fmt: skip
SURVEY = (("satisfaction", "satisfaction", 5), ("recommend", "recommend", 10), ("affection", "affection_1", 5),
          ("affection", "affection_2", 5))  # fmt: skip
PEOPLE = ("anna", "ben", "cleo", "dana", "emil", "fay", "gus", "hana", "ivo", "june", "kai", "lena")
ARMS = ("control", "offer")


def _days(place: int) -> list[datetime]:
    """Each customer comes every so many days, for ten weeks; the last ones stop early."""
    every, stays = 3 + 2 * (place % 5), 70 if place < 9 else 25
    return [START + timedelta(days=day, minutes=7 * place) for day in range(place % 4, stays, every)]


def write(folder: Path) -> None:
    """Put the files into a folder."""
    bought = [(person, day, place) for place, person in enumerate(PEOPLE) for day in _days(place)]
    orders = [f"{person},{day:%Y-%m-%d %H:%M},{number},{9 + place * 3}.50"
              for number, (person, day, place) in enumerate(bought, 1)]  # fmt: skip
    (folder / "orders.csv").write_text("\n".join(["customer,time,order,amount", *orders]) + "\n")
    lines = [f"{number},{person},{day:%Y-%m-%d %H:%M},{place + 2}.25"
             for number, (person, day, place) in enumerate(bought, 1) for _ in range(2)]  # fmt: skip
    (folder / "lines.csv").write_text("\n".join(["InvoiceNo,CustomerID,InvoiceDate,Amount", *lines]) + "\n")
    visits = [
        json.dumps({"user": person, "event": event, "time": f"{day:%Y-%m-%dT%H:%M:%S}"})
        for person, day, place in bought
        for event in ("Product Viewed", "Article Read")[: 1 + place % 2]
    ]
    told = [*_talk(bought), *_spring(), *_lot()]
    (folder / "talk.jsonl").write_text("\n".join(json.dumps(each) for each in told) + "\n")
    drawn = ((place, person, f"2024-01-2{place % 8}T10:00:00") for place, person in enumerate(PEOPLE))
    arms = [f"{person},{ARMS[place % 2]},{time},{place % 3 % 2}" for place, person, time in drawn]
    (folder / "arms.csv").write_text("\n".join(["customer,lot,time,visit", *arms]) + "\n")
    (folder / "visits.jsonl").write_text("\n".join(visits) + "\n")
    people = [f"{person},{('France', 'Spain')[place % 2]},{('19-24', '35-44')[place % 2]}"
              for place, person in enumerate(PEOPLE)]  # fmt: skip
    (folder / "people.csv").write_text("\n".join(["customer,country,age", *people]) + "\n")
    _survey(folder)
    _campaigns(folder)
    _forum(folder)
    _exports(folder, bought)
    _sends(folder)


def _sends(folder: Path) -> None:
    """What a sender exports of two mailings: a row for each message."""
    rows = [
        f"{mailing}-{person},{person},{START + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ},{mailing},email"
        for mailing, day in (("spring", 52), ("easter", 60))
        for person in PEOPLE[::2]
    ]
    (folder / "sends.csv").write_text("\n".join(["nr,to,when,mailing,way", *rows]) + "\n")


def _campaigns(folder: Path) -> None:
    """A sender's history: `spring` by lot among 160 people, `loyal` to those who spend most; clicks and orders."""
    rows = []
    for place in range(160):
        who, meant, spends = f"s{place:03d}", place % 2 == 0, 10 + place // 8
        gets = [("spring", 40)] * meant + [("loyal", 70)] * (place > 110)
        lot = {"experiment_id": "spring", "variation_id": "mail" if meant else "holdout"}
        rows.append({"user": who, "event": "Experiment Viewed", "day": 39, **lot})
        for campaign, day in gets:
            rows.append({"user": who, "event": "Email Sent", "day": day, "campaign": campaign})
            if place % 5 == 0:
                rows.append({"user": who, "event": "Email Link Clicked", "day": day + 1, "campaign": campaign})
        for step, day in enumerate((5, 19, 33, 42, 58, 72, 90)):
            more = 6 if meant and day == 42 else 0
            rows.append({"user": who, "event": "Order Completed", "day": day + place % 3, "order_id": f"{who}-{step}",
                         "amount": spends + place % 4 + step % 3 + more})  # fmt: skip
        if place % 40 == 0:
            rows.append({"user": who, "event": "Complaint Created", "day": 69})
    for row in rows:
        row["time"] = f"{START + timedelta(days=row.pop('day')):%Y-%m-%dT%H:%M:%S}"
    (folder / "campaigns.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n")


def _spring() -> Iterator[dict[str, Any]]:
    """An experiment: half of the people were shown an offer, on one of two pages."""
    for place, person in enumerate(PEOPLE):
        shown = START + timedelta(days=20, minutes=11 * place)
        yield {
            "user": person, "event": "Experiment Viewed", "time": f"{shown:%Y-%m-%dT%H:%M:%S}",
            "experiment_id": "spring", "variation_id": ARMS[place % 2], "page": ("home", "cart")[place // 2 % 2],
        }  # fmt: skip


def _lot() -> Iterator[dict[str, Any]]:
    """A holdout: a third of the people get no mail."""
    for place, person in enumerate(PEOPLE):
        drawn = START + timedelta(days=15, minutes=place)
        yield {"user": person, "event": "$holdout_assigned", "time": f"{drawn:%Y-%m-%dT%H:%M:%S}", "holdout": "mail",
               "held_out": place % 3 == 0, "holdout_share": 0.33}  # fmt: skip


def _exports(folder: Path, bought: list[tuple[str, datetime, int]]) -> None:
    """What other tools would have written: events of Mixpanel and of Amplitude, payments of Stripe."""
    mixpanel, amplitude, payments = [], [], []
    for number, (person, day, place) in enumerate(bought):
        held = {"time": int(day.replace(tzinfo=UTC).timestamp()), "distinct_id": person, "$insert_id": f"m{number}"}
        mixpanel.append({"event": "Song Played", "properties": held})
        amplitude.append(
            {"event_type": "Song Played", "event_time": f"{day:%Y-%m-%d %H:%M:%S}", "user_id": person,
             "device_id": f"d-{person}", "$insert_id": f"a{number}", "amplitude_id": place, "event_properties": {},
             "user_properties": {"place": place}}
        )  # fmt: skip
        payments.append(f"ch_{number},{day:%Y-%m-%d %H:%M:%S},{9 + place}.00,0.00,eur,true,Paid,cus_{place},{person}")
    for name, rows in (("mixpanel.jsonl", mixpanel), ("export.json", amplitude)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    head = "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Status,Customer ID,user_id (metadata)"
    (folder / "payments.csv").write_text("\n".join([head, *payments]) + "\n")


def _forum(folder: Path) -> None:
    """A forum of forty members: some ask and answer, more comment or only vote, most read."""
    joined = [START + timedelta(days=2 * place, hours=place % 5) for place in range(40)]
    members = [f"m{place:02d},{day:%Y-%m-%d %H:%M},{place % 4 // 3}" for place, day in enumerate(joined)]
    (folder / "members.csv").write_text("\n".join(["member,joined,votes", *members]) + "\n")
    posts = [
        f"m{place:02d},{joined[place] + timedelta(days=5 * number):%Y-%m-%d %H:%M},{('Question', 'Answer')[number % 2]}"
        for place in range(0, 40, 8)
        for number in range(1, 4)
    ]
    (folder / "posts.csv").write_text("\n".join(["author,created,kind", *posts]) + "\n")
    comments = [f"m{place:02d},{joined[place] + timedelta(days=3):%Y-%m-%d %H:%M},{place}" for place in range(1, 40, 6)]
    (folder / "comments.csv").write_text("\n".join(["author,created,post", *comments]) + "\n")


def _survey(folder: Path) -> None:
    """Answers of 48 respondents, and the layout and the instrument that the page about surveys shows."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "surveys.md"
    for name, text in zip(("wave3", "support"), re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.S | re.M),
                          strict=True):  # fmt: skip
        (folder / f"{name}.toml").write_text(text)
    rows = ["respondent,date,q1,q2,s1,s2,s3,s4,plan,weight"]
    for place in range(48):
        mood = place % 5
        q1, q2 = (11 if place % 12 == 7 else min(10, 2 * mood + place % 4)), (9 if place % 12 == 3 else 1 + mood)
        support = [min(5, 1 + mood // 2 + (place + k) % 3) for k in range(3)]
        rows.append(f"r{place},2024-03-{1 + place % 28:02},{q1},{q2},{','.join(map(str, support))},{5 - mood},"
                    f"{('free', 'paid')[place % 2]},{(0.5, 1, 1.5)[place % 3]}")  # fmt: skip
    (folder / "wave3.csv").write_text("\n".join(rows) + "\n")


def _talk(bought: list[tuple[str, datetime, int]]) -> Iterator[dict[str, Any]]:
    """What else people do around an order: they look, ask, share, answer; a piece of each every few days."""
    for number, (person, day, place) in enumerate(bought):
        for step, name in enumerate((TALK[number % len(TALK)], TALK[(3 * number + place) % len(TALK)])):
            of = {"campaign": "spring"} if name.startswith("Email") else {}
            at = day - timedelta(minutes=9 - 4 * step)
            yield {**of, "user": person, "event": name, "time": f"{at:%Y-%m-%dT%H:%M:%S}",
                   "content_id": f"content-{number % 5}", "path": f"/page-{number % 4}",
                   "referrer": ("", "https://search.example/")[number % 2], "seconds": 5 + number % 60,
                   "invitee": PEOPLE[(place + 1) % len(PEOPLE)]}  # fmt: skip
        if number % 4 == 0:
            wave = f"wave-{day:%m}"
            said = {"user": person, "event": "Survey Answered", "time": f"{day + timedelta(days=1):%Y-%m-%dT%H:%M:%S}"}
            for instrument, item, most in SURVEY:
                score = 1 + (number + place) % most
                yield {**said, "instrument": instrument, "item": item, "score": score, "campaign": wave}
