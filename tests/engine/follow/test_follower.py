"""Following a folder with real files: nothing twice, nothing lost, nothing half."""

from __future__ import annotations

import gzip
import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from docops_desktop.model.errors import ExportError, RequestError
from tests.engine.follow.conftest import Followed

HEADER = "time,session id,user id,page group,load time (ms),device model\n"


def row(second: int, session: str = "s1", more: str = "") -> str:
    stamp = datetime.fromtimestamp(1_790_000_000 + second, tz=UTC).isoformat()
    return f"{stamp},{session},u1,Product{more},{1000 + second},Pixel\n"


def rows(first: int, end: int, session: str = "s1") -> str:
    return "".join(row(second, session) for second in range(first, end))


def log_line(second: int, client: str = "198.51.100.7") -> str:
    stamp = datetime.fromtimestamp(1_790_000_000 + second, tz=UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    agent = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
    )
    return f'{client} - - [{stamp}] "GET /product/{second} HTTP/1.1" 200 512 "-" "{agent}"\n'


def log(first: int, end: int) -> str:
    return "".join(log_line(second) for second in range(first, end))


def seconds(first: int, end: int) -> list[int]:
    return [(1_790_000_000 + second) % 100_000 for second in range(first, end)]


def test_an_export_that_arrives_is_loaded_once(followed: Followed) -> None:
    followed.put("a.csv", HEADER + rows(0, 5).rstrip("\n"))  # an export need not end its last line
    outcomes = followed.wait()
    assert [outcome.status for outcome in outcomes] == ["loaded"]
    assert followed.times() == seconds(0, 5)
    assert followed.wait_long() == []


def test_a_file_is_not_touched_while_it_is_being_copied(followed: Followed) -> None:
    followed.put("a.csv", HEADER)
    for second in range(5):
        followed.now += 2
        followed.grow("a.csv", row(second)[:-5])
        assert followed.look() == []
        followed.grow("a.csv", row(second)[-5:])
    followed.wait()
    assert followed.times() == seconds(0, 5)
    assert len(followed.workspace.ledger()) == 1


@pytest.mark.parametrize("kind", ["csv", "ndjson", "log"])
def test_a_file_that_goes_on_growing_is_loaded_line_by_whole_line(followed: Followed, kind: str) -> None:
    def line(second: int) -> str:
        if kind == "log":
            return log_line(second)
        if kind == "csv":
            return row(second)
        fields = dict(zip(HEADER.strip().split(","), row(second).strip().split(","), strict=True))
        return json.dumps(fields) + "\n"

    followed.put(f"live.{kind}", HEADER if kind == "csv" else "")
    pending = ""
    for step in range(60):
        pending += line(step)
        cut = len(pending) - 7 if step < 59 else len(pending)  # the last line is never whole until the end
        followed.grow(f"live.{kind}", pending[:cut])
        pending = pending[cut:]
        followed.now += 2
        followed.look()
    followed.wait_long()
    ledger = followed.workspace.ledger()
    assert len(ledger) > 3
    assert all(record.file_name == f"live.{kind}" for record in ledger)
    stretches = [tuple(record.mapping["followed"]["bytes"]) for record in ledger]
    assert stretches[0][0] == 0
    assert all(before[1] == after[0] for before, after in itertools.pairwise(stretches))
    assert followed.times() == seconds(0, 60)
    assert sum(record.rows_quarantined for record in ledger) == 0


def test_sessions_go_on_over_increments(followed: Followed) -> None:
    """By session id, and in a log by user and 30 minutes of silence, also over a third part and after a break."""
    followed.put("access.log", log(0, 3))
    followed.wait()
    followed.grow("access.log", log_line(600) + log_line(5000) + log_line(5001, "203.0.113.9"))
    followed.wait()
    followed.grow("access.log", log_line(5900))
    followed.wait()
    sessions = followed.rows(
        "SELECT min(start_ms), max(end_ms), count(*) FROM sessions GROUP BY session_key ORDER BY 1, 2"
    )
    spans = [((start - 1_790_000_000_000) // 1000, (end - 1_790_000_000_000) // 1000) for start, end, _ in sessions]
    assert spans == [(0, 600), (5000, 5900), (5001, 5001)]
    assert len(followed.workspace.ledger()) == 3


def test_a_beacon_that_is_sent_again_is_known_in_a_later_increment(followed: Followed) -> None:
    def beacon(number: int, second: int) -> str:
        made = {"rt.si": "s1", "pid": f"p{number}", "n": "1", "u": "https://x.example/", "t_done": "900"}
        return json.dumps(made | {"rt.end": str((1_790_000_000 + second) * 1000), "rt.tstart": "1"}) + "\n"

    followed.put("live.json", "".join(beacon(number, number) for number in range(5)))
    followed.wait()
    followed.grow("live.json", beacon(5, 5) + beacon(3, 90) + beacon(6, 6) + beacon(6, 6))
    followed.wait()
    assert [dict(record.filtered) for record in followed.workspace.ledger()] == [{}, {"repeated beacon": 2}]
    assert followed.times() == seconds(0, 7)


def test_equal_lines_of_one_growing_file_are_no_overlap(followed: Followed) -> None:
    followed.put("live.csv", HEADER + row(1) + row(2))
    followed.wait()
    followed.grow("live.csv", row(2) + row(3))
    followed.wait()
    assert followed.times() == seconds(1, 3) + seconds(2, 4)


def test_an_export_that_overlaps_what_was_followed_adds_only_what_is_new(followed: Followed) -> None:
    followed.put("monday.csv", HEADER + rows(0, 20))
    followed.wait()
    followed.put("tuesday.csv", HEADER + rows(10, 30))
    followed.wait()
    assert [dict(record.filtered) for record in followed.workspace.ledger()] == [{}, {"page view already loaded": 10}]
    assert followed.times() == seconds(0, 30)


def test_a_new_follower_goes_on_where_the_old_one_was(followed: Followed) -> None:
    followed.put("live.csv", HEADER + rows(0, 3))
    followed.put("done.csv", HEADER + rows(100, 103, "s2"))
    followed.wait()
    followed.grow("live.csv", rows(3, 5) + row(5)[:9])
    followed.restart()
    assert [outcome.path for outcome in followed.wait()] == [str(followed.folder / "live.csv")]
    followed.grow("live.csv", row(5)[9:])
    followed.restart()
    followed.wait()
    followed.restart()
    assert followed.wait_long() == []
    assert followed.times() == [*seconds(0, 6), *seconds(100, 103)]


def test_a_last_line_without_an_end_waits_and_is_not_forgotten(followed: Followed) -> None:
    followed.put("access.log", log(0, 2) + log_line(2).rstrip("\n"))
    followed.wait()
    assert followed.times() == seconds(0, 2)
    followed.wait_long()
    assert followed.times() == seconds(0, 3)
    assert followed.wait_long() == []


def test_a_whole_json_object_needs_no_end_of_line(followed: Followed) -> None:
    record = {"time": "2026-09-21T10:00:00Z", "session id": "s1", "page group": "Cart", "load time (ms)": 900}
    followed.put("a.ndjson", json.dumps(record))
    followed.wait()
    assert len(followed.times()) == 1


@pytest.mark.parametrize("how", ["renamed", "copied", "packed"])
def test_a_rotated_log_is_known_again_and_its_last_lines_are_loaded(followed: Followed, how: str) -> None:
    live = followed.put("access.log", log(0, 40))
    followed.wait()
    followed.grow("access.log", log(40, 45))  # written after the last look
    if how == "renamed":
        live.rename(followed.folder / "access.log.1")
    elif how == "copied":
        followed.put("access.log.1", live.read_bytes())
    else:
        followed.put("access.log.1.gz", gzip.compress(live.read_bytes()))
    live.write_text(log(45, 50))
    followed.wait()
    assert followed.times() == seconds(0, 50)
    if how == "renamed":
        (followed.folder / "access.log.1").rename(followed.folder / "access.log.2")
        live.rename(followed.folder / "access.log.1")
        live.write_text(log(50, 51))
        followed.restart()
        followed.wait()
        assert followed.times() == seconds(0, 51)
    assert followed.wait_long() == []


def test_an_export_that_holds_an_earlier_one_brings_only_its_new_rows(followed: Followed) -> None:
    followed.put("until-09.csv", HEADER + rows(0, 50))
    followed.wait()
    followed.put("until-10.csv", HEADER + rows(0, 80))
    followed.put("copy.csv", HEADER + rows(0, 50))
    followed.wait()
    assert followed.times() == seconds(0, 80)


def test_other_content_under_a_loaded_name_is_held_until_the_user_decides(followed: Followed) -> None:
    followed.put("daily.csv", HEADER + rows(0, 5))
    followed.wait()
    followed.put("daily.csv", HEADER + rows(1, 9))
    (told,) = followed.wait()
    assert isinstance(told.error, ExportError)
    assert told.is_news
    assert "Forget the earlier import" in str(told.error)
    assert followed.times() == seconds(0, 5)
    followed.restart()
    assert followed.wait_long() == []
    followed.workspace.forget(followed.workspace.ledger()[0].import_id)
    followed.restart()
    followed.wait()
    assert followed.times() == seconds(1, 9)


def test_a_forgotten_increment_stays_out(followed: Followed) -> None:
    followed.put("live.csv", HEADER + rows(0, 3))
    followed.wait()
    followed.grow("live.csv", rows(3, 6))
    followed.wait()
    followed.workspace.forget(followed.workspace.ledger()[1].import_id)
    followed.grow("live.csv", rows(6, 8))
    followed.restart()
    followed.wait()
    assert followed.times() == [*seconds(0, 3), *seconds(6, 8)]


def test_what_cannot_be_loaded_is_told_once(followed: Followed) -> None:
    followed.put("junk.csv", "a,b\n1,2\n3,4\n")
    (told,) = followed.wait()
    assert told.is_news
    assert told.status == "rejected"
    followed.restart()
    assert followed.wait_long() == []
    followed.grow("junk.csv", "5,6\n")
    assert [outcome.is_news for outcome in followed.wait()] == [False]
    followed.put("junk.csv", HEADER + rows(0, 2))
    followed.wait()
    assert followed.times() == seconds(0, 2)


def test_a_part_of_which_nothing_is_loaded_still_reconciles(followed: Followed) -> None:
    followed.put("live.csv", HEADER + rows(0, 2))
    followed.wait()
    followed.grow("live.csv", "no time,s1,u1,Product,5,Pixel\n")
    followed.wait()
    last = followed.workspace.ledger()[-1]
    assert (last.rows_read, last.rows_loaded, last.rows_quarantined) == (1, 0, 1)
    assert followed.workspace.quarantine()[0].line == 4  # the line of the file, not of the part
    followed.grow("live.csv", rows(2, 3))
    followed.wait()
    assert followed.times() == seconds(0, 3)


def test_quoted_line_ends_do_not_cut_a_record(followed: Followed) -> None:
    whole = row(2).replace("Product", '"Pro\nduct"')
    cut = whole.index("\n") + 1
    half, rest = whole[:cut], whole[cut:]
    followed.put("live.csv", HEADER + rows(0, 2))
    followed.wait()
    for step in range(12):  # it goes on being touched, so that it never settles
        followed.grow("live.csv", half if step == 0 else "")
        followed.now += 2
        followed.look()
    assert followed.times() == seconds(0, 2)
    followed.grow("live.csv", rest + rows(3, 4))
    followed.wait()
    assert followed.times() == seconds(0, 4)
    assert followed.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_parts_are_read_as_the_file_was(followed: Followed) -> None:
    """Day before month was learnt from the first part; the second alone would read 03/04 otherwise."""
    head = "time;session id;page group;load time (ms)\n"
    followed.put("live.csv", head + "25/04/2026 10:00:00;s1;Cart;1,5\n26/04/2026 10:00:00;s1;Cart;1,5\n")
    followed.wait()
    followed.grow("live.csv", "03/05/2026 10:00:00;s2;Cart;1,5\n")
    followed.wait()
    days = followed.rows("SELECT date(time_ms / 1000, 'unixepoch') FROM page_views ORDER BY 1")
    assert days == [("2026-04-25",), ("2026-04-26",), ("2026-05-03",)]


def test_fields_of_a_w3c_log_are_known_in_every_part(followed: Followed) -> None:
    def line(second: int) -> str:
        return f"2026-09-21 10:00:{second:02d} 198.51.100.7 GET /a{second} 200 15\n"

    fields = "#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken\n"
    followed.put("u_ex.log", "#Version: 1.0\n" + fields + "".join(line(second) for second in range(3)))
    followed.wait()
    followed.grow("u_ex.log", line(3))
    followed.wait()
    swapped = "#Fields: time date c-ip cs-method cs-uri-stem sc-status time-taken\n"
    followed.grow("u_ex.log", swapped + "10:00:04 2026-09-21 198.51.100.7 GET /a4 200 15\n")
    followed.wait()
    followed.restart()
    followed.grow("u_ex.log", "10:00:05 2026-09-21 198.51.100.7 GET /a5 200 15\n")
    followed.wait()
    assert [time % 10 for time in followed.times()] == [0, 1, 2, 3, 4, 5]


def test_a_followed_file_is_not_imported_by_hand_again(followed: Followed) -> None:
    from docops_desktop.ingest.importer import import_file

    path = followed.put("live.csv", HEADER + rows(0, 30))
    followed.wait()
    followed.grow("live.csv", rows(30, 33))
    with pytest.raises(ExportError, match="first 31 lines of this file were loaded already"):
        import_file(followed.workspace, path)
    followed.wait()
    assert import_file(followed.workspace, path).status == "duplicate"


def test_what_was_imported_by_hand_is_not_loaded_again(followed: Followed) -> None:
    from docops_desktop.ingest.importer import import_file

    path = followed.put("a.csv", HEADER + rows(0, 30))
    import_file(followed.workspace, path)
    assert [outcome.status for outcome in followed.wait()] == ["duplicate"]
    followed.grow("a.csv", rows(30, 31))
    followed.wait()
    assert followed.times() == seconds(0, 31)


def test_unfinished_and_own_files_are_left_alone(followed: Followed) -> None:
    for name in ("a.csv.part", ".hidden.csv", "README.md", "b.csv~", "c.tmp", "w.docops", "w.docops.v3.backup"):
        followed.put(name, HEADER + rows(0, 2))
    assert followed.wait() == []


def test_a_folder_that_is_away_comes_back(followed: Followed, tmp_path: Path) -> None:
    followed.put("a.csv", HEADER + rows(0, 2))
    followed.wait()
    followed.folder.rename(tmp_path / "away")
    with pytest.raises(RequestError, match="can't be read"):
        followed.look()
    (tmp_path / "away").rename(followed.folder)
    followed.grow("a.csv", rows(2, 3))
    followed.wait()
    assert followed.times() == seconds(0, 3)


def test_two_followers_of_one_folder_load_nothing_twice(followed: Followed) -> None:
    followed.put("a.csv", HEADER + rows(0, 4))
    first = followed.follower
    followed.restart()
    second = followed.follower
    for follower in (first, second):
        follower.look()
    followed.now += 10
    tasks_of_second = second.look()
    followed.follower = first
    followed.look()
    from docops_desktop.engine.follow.load import FollowWork
    from docops_desktop.engine.imports import ImportOptions

    outcomes = []
    FollowWork(tasks_of_second, ImportOptions()).run(
        followed.workspace, lambda *_: None, lambda: False, outcomes.append
    )
    assert followed.times() == seconds(0, 4)
    assert [outcome.try_again or outcome.status == "duplicate" for outcome in outcomes] == [True]


def test_the_parts_of_a_growing_file_are_one_download(followed: Followed) -> None:
    day = "2026-08-01,Sale,10,1,"
    followed.put("days.csv", f"date,campaign,impressions,clicks,cost\n{day}2.00\n")
    followed.wait_long()
    followed.grow("days.csv", f"{day}3.00\n")  # another row of the same campaign's day
    followed.wait_long()
    assert followed.rows("SELECT count(*), sum(cost_minor) FROM v_campaign_days") == [(2, 500)]
    assert [record.rows_superseded for record in followed.workspace.ledger()] == [0, 0]
