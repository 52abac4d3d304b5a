"""Exports full of personal data, made here: every kind of it, in the columns where it belongs and in odd places, and some broken records.

Every text of ``SECRETS`` stands in personal cells, user names and query strings only, so that none may be in a workspace after an import.
"""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote_plus

ROWS = 60
SECRETS = (
    b"zoepriv", b"mustermann", b"privmail", b"203.0.113.", b"2001:db8", b"555 0199", b"5550199", b"GA1.2.77",
    b"querysecret", b"basketsecret", b"visitorsecret", b"Geheimstra", b"tokensecret",
)  # fmt: skip
"""Texts that only personal cells and query strings hold."""


def person(n: int) -> dict[str, str]:
    """One made person and visit."""
    return {
        "email": f"zoepriv{n}@privmail.example",
        "phone": f"+49 30 555 0199{n:02d}",
        "name": f"Zoepriv{n} Mustermann",
        "ip": f"203.0.113.{n}",
        "ip6": f"2001:db8:85a3::8a2e:{n + 4096:x}:7334",
        "client": f"GA1.2.77{n:08d}.1700000000",
        "visitor": f"visitorsecret-{n % 20}",
        "street": f"Geheimstraße {n}",
        "query": f"?utm_source=news&utm_campaign=spring&q=querysecret{n}&email={quote_plus(f'zoepriv{n}@privmail.example')}",
    }


def table(header: list[str], rows: list[list[str]], sign: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=sign, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def when(n: int) -> str:
    return f"2026-08-01T10:{n % 60:02d}:00Z"


def rum_csv() -> str:
    """A RUM export with every kind of personal column, some rows broken, and personal data in odd places."""
    header = [
        "timestamp",
        "session_id",
        "page_url",
        "referrer",
        "load_time_ms",
        "country",
        "email",
        "phone",
        "customer_name",
        "ip",
    ]
    header += ["client_id", "note"]
    rows = []
    for n in range(ROWS):
        p = person(n)
        bad = n % 10 == 9
        rows.append([
            "kaputt" if bad else when(n), p["visitor"], f"https://shop.example/p/shoe{p['query']}#tokensecret{n}",
            f"https://mail.example/inbox?to={p['email']}&t=tokensecret", "schnell" if n % 10 == 4 else str(900 + n), "DE",
            p["email"], p["phone"], p["name"], p["ip6"] if n % 2 else p["ip"], p["client"], f"call {p['name']} {p['phone']}",
        ])  # fmt: skip
    text = table(header, rows)
    p = person(99)
    return text + f'{when(1)},"{p["visitor"]},{p["email"]},{p["ip"]},{p["phone"]}, {p["name"]}, {p["ip6"]}\n'


def paths_csv() -> str:
    """Personal data in paths, in user names of URLs, in titles and in campaign parameters."""
    header = ["timestamp", "session_id", "page_url", "load_time_ms", "campaign"]
    rows = []
    for n in range(ROWS):
        p = person(n)
        urls = (
            f"https://shop.example/reset/{p['email']}", f"https://zoepriv{n}:tokensecret@shop.example/cart",
            f"/unsubscribe/{quote_plus(p['email'])}?x=querysecret", f"https://shop.example/p/a;jsessionid=tokensecret{n}",
        )  # fmt: skip
        rows.append(
            [when(n), p["visitor"], urls[n % 4], str(800 + n), f"mail to {p['email']}" if n % 3 == 0 else "spring"]
        )
    return table(header, rows)


def orders_csv() -> str:
    """A Shopify-like order export."""
    header = [
        "Name",
        "Email",
        "Financial Status",
        "Paid at",
        "Currency",
        "Total",
        "Created at",
        "Billing Name",
        "Billing Street",
    ]
    header += ["Billing Phone", "Shipping Name", "Notes", "Note Attributes", "Phone"]
    rows = []
    for n in range(ROWS):
        p = person(n)
        paid = "gestern" if n % 12 == 5 else f"2026-08-01 10:{n % 60:02d}:00 +0200"
        rows.append([
            f"#10{n:02d}", p["email"], "paid", paid, "EUR", "19.90", paid, p["name"], p["street"], p["phone"], p["name"],
            f"call {p['phone']}", f"ip: {p['ip']}", p["phone"],
        ])  # fmt: skip
    return table(header, rows)


def leads_csv() -> str:
    """A Salesforce-like lead export."""
    header = [
        "Id",
        "FirstName",
        "LastName",
        "Email",
        "Phone",
        "Status",
        "LeadSource",
        "CreatedDate",
        "Street",
        "Company",
        "IsConverted",
    ]
    rows = []
    for n in range(ROWS):
        p = person(n)
        rows.append([
            f"00Q5e000001abc{n:02d}AAA", f"Zoepriv{n}", "Mustermann", p["email"], p["phone"], "Open", "Web",
            "nie" if n % 15 == 3 else f"2026-08-01T10:{n % 60:02d}:00.000Z", p["street"], "Firma", "false",
        ])  # fmt: skip
    return table(header, rows)


def beacons_json() -> str:
    """Boomerang beacons as JSON lines."""
    lines = []
    for n in range(ROWS):
        p = person(n)
        beacon = {
            "rt.start": "navigation", "t_done": str(900 + n), "u": f"https://shop.example/p/shoe{p['query']}", "rt.si": p["visitor"],
            "rt.end": str(1_785_500_000_000 + n * 1000), "rt.tstart": str(1_785_500_000_000 + n * 1000), "nt_nav_st": "1785500000000",
            "r": f"https://mail.example/?to={p['email']}", "remote_addr": p["ip"], "ua.plt": "Linux", "email": p["email"],
            "user_agent": f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 contact/{p['email']}",
            "pid": f"visitorsecret{n}", "created_at": "kaputt" if n % 9 == 2 else when(n),
        }  # fmt: skip
        lines.append(json.dumps(beacon))
    return (
        "\n".join([*lines, '{"u": "https://shop.example/' + person(7)["query"] + '", broken ' + person(8)["ip"]]) + "\n"
    )


def access_log() -> str:
    """A web server's log with users, referrers and a few broken lines."""
    agent = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
    )
    lines = []
    for n in range(ROWS):
        p = person(n)
        who = p["ip6"] if n % 2 else p["ip"]
        lines.append(
            f'{who} - zoepriv{n} [01/Aug/2026:10:{n % 60:02d}:00 +0000] "GET /p/shoe{p["query"]} HTTP/1.1" 200 5316 '
            f'"https://mail.example/?to={p["email"]}" "{agent}"'
        )
    return "\n".join([*lines, f"{person(3)['ip']} - broken {person(3)['email']}"]) + "\n"


def mailing_csv() -> str:
    """Recipients' events of an e-mail system; the link that was clicked carries the recipient."""
    header = "Recipient Id,Recipient Type,Mailing Id,Report Id,Campaign Id,Email,Event Type,Event Timestamp,Body Type,Click Name,URL"
    rows = []
    for n in range(ROWS):
        p = person(n)
        time = "neulich" if n % 11 == 4 else f"08/01/2026 10:{n % 60:02d}:00"
        url = f"https://shop.example/p/shoe{p['query']}"
        rows.append(
            [p["visitor"], "Normal", "77", "5", "spring", p["email"], "Click Through", time, "HTML", "shoe", url]
        )
    return table(header.split(","), rows)


def figures_csv() -> str:
    """A query's figures by user and action: labels of groups can name people too."""
    header = ["useraction.name", "userId", "ip", "email", "note", "avg(useraction.duration)", "count(useraction.name)"]
    rows = []
    for n in range(ROWS):
        p = person(n)
        action = f"loading of page https://shop.example/p/shoe{p['query']}"
        rows.append([action, p["visitor"], p["ip"], p["email"], f"see {p['ip']} {p['phone']}", str(900 + n), "3"])
    return table(header, rows)


def har_json() -> str:
    """A page with its resources; addresses carry tokens and people."""
    headers = [{"name": "Cookie", "value": "id=tokensecret"}]
    entries = [
        {
            "pageref": "page_1",
            "startedDateTime": f"2026-08-01T10:00:{n:02d}.000Z",
            "time": 50,
            "serverIPAddress": person(n)["ip"],
            "request": {
                "method": "GET",
                "url": f"https://cdn.example/t/{person(n)['email']}/a.js{person(n)['query']}",
                "headers": [*headers, {"name": "Referer", "value": f"https://mail.example/{person(n)['query']}"}],
            },
            "response": {"status": 200, "content": {"size": 10, "mimeType": "text/javascript", "text": "tokensecret"}},
            "timings": {"send": 1, "wait": 20, "receive": 5},
        }
        for n in range(ROWS)
    ]
    page = {
        "id": "page_1",
        "startedDateTime": "2026-08-01T10:00:00.000Z",
        "title": f"https://shop.example/{person(1)['query']}",
        "pageTimings": {"onContentLoad": 800, "onLoad": 1500},
    }
    log = {"version": "1.2", "creator": {"name": "x", "version": "1"}, "pages": [page], "entries": entries}
    return json.dumps({"log": log})


EXPORTS = {
    "rum.csv": rum_csv, "paths.csv": paths_csv, "orders.csv": orders_csv, "leads.csv": leads_csv,
    "beacons.json": beacons_json, "access.log": access_log,
    "mailing.csv": mailing_csv, "figures.csv": figures_csv, "page.har": har_json,
}  # fmt: skip
