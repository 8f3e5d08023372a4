"""Files, folders and archives as sources, and archives that must not be opened."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import zipfile
from pathlib import Path

import pytest
from tests.channels.reading import stored

from kundig.channels import _archive, open_sources
from kundig.channels._archive import Limits
from kundig.errors import DataError, StorageError

TABLE = b"a,b\n1,2\n"


def archive(folder: Path, members: dict[str, bytes], name: str = "tickets.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for member, content in members.items():
            file.writestr(member, content)
    return path


def names(path: Path, scratch: Path, limits: Limits | None = None) -> tuple[list[str], list[str]]:
    sources, skipped = _archive.open_sources(path, scratch, limits)
    return [source.name for source in sources], skipped


def test_a_file_is_its_own_source(tmp_path: Path) -> None:
    path = stored(tmp_path, "May.csv", TABLE).path
    sources, skipped = open_sources(path, tmp_path / "scratch")
    assert ([(source.path, source.name) for source in sources], skipped) == ([(path, "May.csv")], [])
    assert not (tmp_path / "scratch").exists()
    with pytest.raises(DataError, match="There is no file"):
        open_sources(tmp_path / "none.csv", tmp_path)


def test_a_file_of_unknown_format_is_still_asked_for(tmp_path: Path) -> None:
    assert names(stored(tmp_path, "x.pdf", b"%PDF").path, tmp_path) == (["x.pdf"], [])


def test_members_of_an_archive_are_sources_by_name(tmp_path: Path) -> None:
    members = {
        "may.csv": TABLE,
        "b/april.csv.gz": gzip.compress(TABLE),
        "readme.md": b"hi",
        ".hidden.csv": TABLE,
        "__MACOSX/may.csv": TABLE,
    }
    scratch = tmp_path / "new" / "scratch"
    sources, skipped = open_sources(archive(tmp_path, members), scratch)
    assert ([source.name for source in sources], skipped) == (
        ["tickets.zip/b/april.csv.gz", "tickets.zip/may.csv"],
        ["tickets.zip/readme.md"],
    )
    assert [source.head() for source in sources] == [TABLE, TABLE]
    assert {source.path.parent for source in sources} == {scratch}


def test_a_folder_is_read_with_its_folders_and_archives(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    for name in ("b.csv", "sub/a.csv", "sub/notes.docx", "LICENSE", ".git/x.csv", "sub/.x.csv", "readme.txt"):
        stored(folder, name, TABLE if name.endswith(".csv") else b"Dear all,\nread this\n")
    archive(folder, {"c.csv": TABLE}, "z.zip")
    assert names(folder, tmp_path / "scratch") == (
        ["b.csv", "z.zip/c.csv", "sub/a.csv"],
        ["LICENSE", "readme.txt", "sub/notes.docx"],
    )


def test_where_nothing_can_be_read_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", archive(tmp_path, {"a.docx": b"x"}), archive(tmp_path, {}, "none.zip")):
        with pytest.raises(DataError, match="nothing that kundig reads"):
            open_sources(path, tmp_path / "scratch")


@pytest.mark.parametrize(
    "member", ["../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:\\evil.csv", "\\\\host\\evil.csv"]
)
def test_names_that_lead_out_are_refused(tmp_path: Path, member: str) -> None:
    path = archive(tmp_path, {"good.csv": TABLE, member: TABLE})
    with pytest.raises(DataError, match="leads out of the archive"):
        open_sources(path, tmp_path / "scratch")
    assert not (tmp_path / "scratch").exists()


def test_links_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match=r"link\.csv is a link"):
        open_sources(path, tmp_path / "scratch")


def test_bombs_are_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = archive(tmp_path, {"bomb.csv": b"0" * 20_000_000})
    with pytest.raises(DataError, match="more than 200 times"):
        open_sources(path, tmp_path / "scratch")
    assert names(path, tmp_path / "scratch", Limits(ratio=10_000))[0] == ["tickets.zip/bomb.csv"]
    with pytest.raises(DataError, match="more than 10 MB"):
        names(path, tmp_path / "scratch", Limits(total=10_000_000))
    many = archive(tmp_path, {f"{n}.csv": b"" for n in range(11)}, "many.zip")
    with pytest.raises(DataError, match="more than 10 files"):
        names(many, tmp_path / "scratch", Limits(members=10))


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, {"a.csv": b"0" * 5_000_000})
    content = path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    with pytest.raises(DataError, match="damaged"):
        open_sources(stored(tmp_path, "lie.zip", content).path, tmp_path / "scratch")


def test_archives_within_archives_are_refused_but_not_workbooks(tmp_path: Path) -> None:
    inner = archive(tmp_path, {"a.csv": TABLE}, "inner.zip").read_bytes()
    for name in ("inner.zip", "inner.csv"):
        with pytest.raises(DataError, match="an archive within an archive"):
            open_sources(archive(tmp_path, {name: inner}), tmp_path / "scratch")
    book = archive(tmp_path, {"xl/workbook.xml": b"<workbook/>"}, "book").read_bytes()
    assert names(archive(tmp_path, {"book.xlsx": book}), tmp_path / "scratch")[0] == ["tickets.zip/book.xlsx"]


def test_damaged_and_locked_archives_are_said(tmp_path: Path) -> None:
    whole = archive(tmp_path, {"a.csv": os.urandom(2000)}).read_bytes()
    locked = bytearray(whole)
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DataError, match="locked with a password"):
        open_sources(stored(tmp_path, "a.zip", bytes(locked)).path, tmp_path / "scratch")
    for content in (whole[:1000], whole[:500] + b"x" * 20 + whole[520:]):
        with pytest.raises(DataError, match="damaged"):
            open_sources(stored(tmp_path, "a.zip", content).path, tmp_path / "scratch")


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_archive.shutil, "copyfileobj", full)
    with pytest.raises(StorageError, match="cannot be unpacked: No space left"):
        open_sources(archive(tmp_path, {"a.csv": TABLE}), tmp_path / "scratch")


def test_a_stream_of_zeros_is_no_archive(tmp_path: Path) -> None:
    assert names(stored(tmp_path, "a.zip", bytes(100)).path, tmp_path) == (["a.zip"], [])
