"""Workbooks, written here by hand as the formats' standards say: values as text, sheets as sources, bombs refused."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from tests.channels.reading import Read, read, stored

from kundig.channels import _workbook, excel
from kundig.errors import DataError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006"
ODF = "urn:oasis:names:tc:opendocument:xmlns"


def packed(folder: Path, name: str, members: dict[str, str]) -> bytes:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content, zipfile.ZIP_STORED if member == "mimetype" else None)
    return path.read_bytes()


def xlsx(folder: Path, **sheets: str) -> bytes:
    """A workbook with the rows of each sheet given as XML; style 1 is a date, 2 a time, 3 hours beyond a day."""
    ids = {name: f"rId{n}" for n, name in enumerate(sheets, 1)}
    relations = "".join(
        f'<Relationship Id="{each}" Type="{OFFICE}/worksheet" Target="worksheets/{each}.xml"/>' for each in ids.values()
    )
    styles = f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/>'
    formats = "".join(f'<xf numFmtId="{each}"/>' for each in (0, 22, 21, 46))
    return packed(folder, "made.xlsx", {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{TYPES}/relationships"><Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="{each}"/>' for n, (name, each) in enumerate(ids.items(), 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{TYPES}/relationships">{relations}{styles}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>{formats}</cellXfs></styleSheet>',
        **{f"xl/worksheets/{ids[name]}.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>' for name, rows in sheets.items()},
    })  # fmt: skip


def ods(folder: Path, rows: str) -> bytes:
    names = f'xmlns:office="{ODF}:office:1.0" xmlns:table="{ODF}:table:1.0" xmlns:text="{ODF}:text:1.0"'
    body = f'<office:body><office:spreadsheet><table:table table:name="Blatt">{rows}</table:table></office:spreadsheet></office:body>'
    return packed(folder, "made.ods", {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": f"<office:document-content {names}>{body}</office:document-content>",
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{ODF}:manifest:1.0"><m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.spreadsheet"/></m:manifest>',
    })  # fmt: skip


def row(*cells: str, number: int | None = None) -> str:
    return f'<row r="{number}">' * bool(number) + "<row>" * (not number) + "".join(cells) + "</row>"


def text(value: str, place: str = "") -> str:
    at = f' r="{place}"' if place else ""
    return f'<c{at} t="inlineStr"><is><t>{value}</t></is></c>'


def number(value: str, style: int = 0) -> str:
    return f'<c s="{style}"><v>{value}</v></c>'


def of(folder: Path, content: bytes, name: str = "a.xlsx", part: str = "") -> Read:
    return read(excel, stored(folder, name, content, part))


def test_values_become_text_as_a_person_reads_them(tmp_path: Path) -> None:
    cells = [
        text("Müller"), number("42"), number("0.1"), number("45292.75", 1), number("45292", 1), number("0.5", 2), number("1.5", 3),
        '<c t="b"><v>1</v></c>', '<c t="str"><f>A1&amp;"x"</f><v>x y</v></c>', '<c t="e"><v>#DIV/0!</v></c>', "<c/>",
    ]  # fmt: skip
    found = of(tmp_path, xlsx(tmp_path, S=row(*(text(name) for name in "abcdefghijk")) + row(*cells, text("z"))))
    assert list(found.rows[0].values()) == [
        "Müller", "42", "0.1", "2024-01-01T18:00:00", "2024-01-01", "12:00:00", "36:00:00", "true", "x y", None, None, "z",
    ]  # fmt: skip
    assert found.columns[-1] == "column 12"


def test_the_header_is_the_first_row_with_two_cells_and_rows_count_as_shown(tmp_path: Path) -> None:
    rows = row(text("Report May", "B2"), number=2) + row(text("id", "B4"), text("id", "C4"), number=4)
    rows += row(text("1", "B6"), text("2", "C6"), number=6)
    found = of(tmp_path, xlsx(tmp_path, S=rows))
    assert found.all == [{"id": "1", "id (2)": "2", "_row": 6}]


def test_a_single_column_has_its_header_in_the_first_row(tmp_path: Path) -> None:
    assert of(tmp_path, xlsx(tmp_path, S=row(text("id")) + row(number("1")))).all == [{"id": "1", "_row": 2}]


def test_each_sheet_with_content_is_a_source(tmp_path: Path) -> None:
    header = row(text("a"), text("b"))
    content = xlsx(tmp_path, Tickets=header + row(text("1"), text("2")), Empty="", Chats=header)
    found = excel.parts(stored(tmp_path, "export.xlsx", content))
    assert [(each.name, each.part) for each in found] == [("export.xlsx#Tickets", "Tickets"), ("export.xlsx#Chats", "Chats")]
    assert [read(excel, each).rows for each in found] == [[{"a": "1", "b": "2"}], []]


def test_opendocument(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="{}"><text:p>x</text:p></table:table-cell>'
    header = "<table:table-row>" + cell.format("string") * 2 + "</table:table-row>"
    values = cell.format('float" office:value="2.0') + cell.format('date" office:date-value="2024-05-01')
    values += cell.format('boolean" office:boolean-value="false') + cell.format('time" office:time-value="PT30H05M01S')
    tail = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    found = of(tmp_path, ods(tmp_path, f"{header}<table:table-row>{values}</table:table-row>{tail}"), "a.ods", "Blatt")
    assert found.columns == ["x", "x (2)", "column 3", "column 4"]
    assert list(found.rows[0].values()) == ["2", "2024-05-01", "false", "PT30H05M01S"]


def test_long_sheets_come_in_batches(tmp_path: Path) -> None:
    found = of(tmp_path, xlsx(tmp_path, S=row(text("a"), text("b")) + row(number("1"), number("2")) * 25_000))
    assert [batch.num_rows for batch in found.batches] == [10_000, 10_000, 5_000]
    assert found.numbers == list(range(2, 25_002))


@pytest.mark.parametrize(
    "rows",
    [
        row(text("x", "A1"), number=1) + row(text("x", "XFD1048576"), number=1048576),
        "<row><c " + ' ' * 100 + 'r = "XFD1048576" s=">"><v>1</v></c></row>' + row(text("x", "A1")),
        row(*["<c><v>1</v></c>"] * 16_000) + row("<c><v>1</v></c>") * 2_000,
    ],
)  # fmt: skip
def test_a_sheet_that_spans_terabytes_is_refused_before_it_is_opened(tmp_path: Path, rows: str) -> None:
    with pytest.raises(DataError, match="spans more than 30000000 cells"):
        of(tmp_path, xlsx(tmp_path, S=rows))


def test_an_opendocument_bomb_is_refused(tmp_path: Path) -> None:
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    with pytest.raises(DataError, match="spans more than 30000000 cells"):
        of(tmp_path, ods(tmp_path, f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'), "a.ods")


def test_formats_far_away_do_not_count(tmp_path: Path) -> None:
    rows = row(text("a"), text("b")) + row('<c r="XFD1048576" s="1"/>', number=1048576)
    assert of(tmp_path, xlsx(tmp_path, S=rows)).columns == ["a", "b"]


def test_workbooks_beyond_the_bound_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_workbook, "MOST_BYTES", 100)
    for name, content in [
        ("a.xlsx", xlsx(tmp_path, S=row(text("a")))),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 200),
    ]:
        with pytest.raises(DataError, match="unpacks to more than"):
            of(tmp_path, content, name)


def test_damage_is_said(tmp_path: Path) -> None:
    whole = xlsx(tmp_path, S=row(text("a"), text("b")) * 500)
    at = whole.index(b"worksheets/rId1.xml") + 60
    for content in (whole[:at] + b"\xff" * 20 + whole[at + 20 :], whole[:500], b"PK\x03\x04"):
        with pytest.raises(DataError, match=r"a\.xlsx"):
            of(tmp_path, content)
    with pytest.raises(DataError, match="no workbook that can be read"):
        of(tmp_path, packed(tmp_path, "x", {"xl/workbook.xml": "x"}))
    with pytest.raises(DataError, match="no workbook that can be read"):
        of(tmp_path, whole, part="No such sheet")
    with pytest.raises(DataError, match="no row with column names"):
        of(tmp_path, xlsx(tmp_path, S=""))
    with pytest.raises(DataError, match="unpacked first"):
        of(tmp_path, gzip.compress(whole), "a.xlsx.gz")


def test_what_it_claims(tmp_path: Path) -> None:
    whole = xlsx(tmp_path, S=row(text("a")))
    for name, content in [
        ("a.xlsx", whole),
        ("download", whole),
        ("x", ods(tmp_path, "")),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ]:
        assert excel.claims(stored(tmp_path, name, content))
    for name, content in [
        ("a.zip", packed(tmp_path, "z", {"a.csv": "a"})),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.xlsx", b"a,b"),
    ]:
        assert not excel.claims(stored(tmp_path, name, content))
    assert not excel.claims(stored(tmp_path, "broken", b"PK\x03\x04"))
