"""``privacy`` tells what was done to personal data; ``purge`` really removes."""

from __future__ import annotations

from pathlib import Path

import pytest

EXPORT = """session_id,timestamp,url,load_time_ms,country,email,remote_ip
visitor-one,2026-08-01T10:00:00Z,https://shop.example/p/old-shoe?mail=x%40y.org&utm_source=news,900,DE,ann@example.org,203.0.113.7
visitor-two,2026-08-02T10:00:00Z,https://shop.example/p/new-shoe,1100,DE,bob@example.org,203.0.113.8
visitor-three,2026-08-02T11:00:00Z,https://shop.example/p/new-shoe,oops,DE,bob@example.org,203.0.113.8
"""


@pytest.fixture
def shop(tmp_path: Path, run) -> Path:
    export, workspace = tmp_path / "export.csv", tmp_path / "shop.docops"
    export.write_text(EXPORT, encoding="utf-8")
    assert run("import", workspace, export, "--quiet").status == 0
    export.unlink()
    return workspace


def test_the_log_names_every_column_with_what_was_done(shop: Path, run) -> None:
    done = run("privacy", shop, "--json")
    (one,) = done.document["imports"]
    assert one["level"] == "strict"
    actions = {column["column"]: column["action"] for column in one["columns"]}
    assert actions == {"session_id": "hashed", "url": "cut", "email": "hashed", "remote_ip": "dropped"}
    assert done.document["purges"] == []
    readable = run("privacy", shop).out
    assert "fewer than 5" in readable
    for words in ("remote_ip", "not stored", "keyed hash", "query string cut to campaign parameters"):
        assert words in readable


def test_a_purge_says_what_went_and_check_agrees(shop: Path, run) -> None:
    done = run("purge", shop, "--before", "2026-08-02", "--json", "--quiet")
    assert done.status == 0
    assert done.document["before"] == "2026-08-02T00:00:00Z"
    assert done.document["rows"] == {"sessions": 1, "page_views": 1, "quarantine": 1}
    assert done.document["imports"] == [{"import_id": 1, "rows_purged": 3}]
    for file in shop.parent.rglob("*"):
        assert not file.is_file() or b"old-shoe" not in file.read_bytes(), file
    assert run("check", shop, "--quiet").status == 0
    (record,) = run("imports", shop, "--json").document["imports"]
    assert (record["rows_read"], record["rows_purged"], record["first_time"]) == (3, 3, "2026-08-02T10:00:00Z")
    log = run("privacy", shop, "--json").document
    assert log["purges"][0]["before"] == "2026-08-02T00:00:00Z"
    assert log["imports"][0]["rows_purged"] == 3
    segments = run("segments", shop, "--by", "country", "--json", "--quiet").document
    assert segments["total"]["sessions"] == 1


def test_what_a_purge_cannot_do_is_said(shop: Path, run, tmp_path: Path) -> None:
    run("purge", shop, "--before", "soon").failed_with(2, "soon", "ISO 8601")
    run("purge", shop).failed_with(2, "--before")
    run("purge", tmp_path / "none.docops", "--before", "2026-01-01").failed_with(2, "no such workspace")
    nothing = run("purge", shop, "--before", "2020-01-01")
    assert nothing.status == 0
    assert "nothing of before" in nothing.err
    shop.with_name(f"{shop.name}.v1.backup").write_bytes(b"older")
    run("purge", shop, "--before", "2026-08-02", "--quiet").failed_with(1, "older copy", ".v1.backup")
