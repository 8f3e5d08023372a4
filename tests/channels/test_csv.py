"""Delimited text: nothing is lost, shifted or changed, however dirty the file is, and both ways of reading agree."""

from __future__ import annotations

import csv as standard
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.channels.reading import Read, read, stored

from kundig.channel import Source
from kundig.channels import _bytes, _records, csv
from kundig.channels._bytes import MIB
from kundig.errors import DataError


def of(folder: Path, content: bytes | str, name: str = "a.csv", **options: str) -> Read:
    return read(csv, stored(folder, name, content, **options))


def cells(found: Read) -> list[list[str | None]]:
    return [list(row.values()) for row in found.rows]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("olist_sample/olist_orders_dataset.csv", 4000),
        ("olist_sample/olist_order_reviews_dataset.csv", 3986),
        ("retentioneering_ecom/ecom.csv.gz", 31106),
    ],
)
def test_real_files_have_their_published_rows(shared_data: Path, name: str, rows: int) -> None:
    path = shared_data / name
    found = read(csv, Source(path, path.name))
    assert (len(found.numbers), found.rejected) == (rows, [])
    assert found.numbers == list(range(2, rows + 2))


def test_real_reviews_are_read_as_the_standard_library_reads_them(shared_data: Path) -> None:
    path = shared_data / "olist_sample" / "olist_order_reviews_dataset.csv"
    with path.open(encoding="utf-8", newline="") as file:
        expected = [{key: value or None for key, value in row.items()} for row in standard.DictReader(file)]
    assert read(csv, Source(path, path.name)).rows == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    lines = ["Kunde|Betrag|Ort", "4711|1,50|Köln, am Rhein", "4712|2,00|Bonn; Süd"]
    rows = [line.split("|") for line in lines]
    text = io.StringIO()
    standard.writer(text, delimiter=delimiter).writerows(rows)
    found = of(tmp_path, text.getvalue())
    assert (found.columns, cells(found)) == (rows[0], rows[1:])


def test_excel_names_its_delimiter_in_a_first_line(tmp_path: Path) -> None:
    found = of(tmp_path, "sep=|\r\na|b\r\n1;2|3\r\n")
    assert (found.rows, found.numbers) == ([{"a": "1;2", "b": "3"}], [2])


def test_options_win(tmp_path: Path) -> None:
    found = of(tmp_path, "a;b,c\n1;2,3\n", delimiter="comma")
    assert found.rows == [{"a;b": "1;2", "c": "3"}]
    found = of(tmp_path, "straße,ort\nß,я\n".encode("utf-16-le"), encoding="utf-16-le")
    assert found.rows == [{"straße": "ß", "ort": "я"}]
    with pytest.raises(DataError, match="not one character"):
        of(tmp_path, "a,b\n", delimiter="::")
    with pytest.raises(DataError, match="no encoding called latein"):
        of(tmp_path, "a,b\n", encoding="latein")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    text = "Name;Straße\nMüller;Große Straße\nJosé;Œuvre – 5 €\n"
    assert of(tmp_path, text.encode(encoding)).rows == [
        {"Name": "Müller", "Straße": "Große Straße"},
        {"Name": "José", "Straße": "Œuvre – 5 €"},
    ]


def test_lines_may_differ_in_encoding(tmp_path: Path) -> None:
    data = "a;b\nMüller;1\n".encode() + "Köln;2\n".encode("cp1252") + "東京;3\n".encode() + b"\x81;4\n"
    assert [row["a"] for row in of(tmp_path, data).rows] == ["Müller", "Köln", "東京", "\x81"]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_bytes_that_are_no_text_in_a_named_encoding_send_the_row_away(tmp_path: Path, encoding: str) -> None:
    found = of(tmp_path, b"a,b\n1,2\n3,\xe4\n5,6\n", encoding=encoding)
    assert cells(found) == [["1", "2"], ["5", "6"]]
    assert found.reasons == [(3, f"The row is no text in the encoding {encoding}.")]
    assert found.rejected[0].raw.startswith("3,\\x")


def test_values_are_verbatim_and_nothing_is_converted(tmp_path: Path) -> None:
    values = ["007", "1.234,56", "01.02.2024", " x ", "NULL", "true", "=1+1", "@cmd", "NaN", "1e5"]
    found = of(tmp_path, "\t".join("abcdefghij") + "\n" + "\t".join(values) + "\n" + "\t" * 9 + "\n")
    assert cells(found) == [values, [None] * 10]


def test_line_ends_may_be_mixed_and_blank_lines_count_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    found = of(tmp_path, b"\na,b\r\n1,2\r3,4\n\r\n\n5,6")
    assert (cells(found), found.numbers) == ([["1", "2"], ["3", "4"], ["5", "6"]], [3, 4, 7])


def test_quoted_fields_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    found = of(tmp_path, 'a,b\n"x, ""y""\r\n\r\nz",1\n"",2\n')
    assert (cells(found), found.numbers) == ([['x, "y"\r\n\r\nz', "1"], [None, "2"]], [2, 3])


def test_header_names_are_kept_and_told_apart(tmp_path: Path) -> None:
    found = of(tmp_path, 'id;a"b, drop table;id;;"x\ny";_row;\n1;2;3;4;5;6;7\n', delimiter=";")
    assert found.columns == ["id", 'a"b, drop table', "id (2)", "column 4", "x\ny", "_row (2)", "column 7"]
    assert of(tmp_path, 'a"b; drop table,b\n1,2\n').columns == ['a"b; drop table', "b"]


def test_rows_of_another_length_are_rejected_whole(tmp_path: Path) -> None:
    found = of(tmp_path, "a,b,c\n1,2\n1,2,3,4\n1,2,3,,,\n1,2,3\n")
    assert found.numbers == [4, 5]
    assert found.reasons == [(2, "The row has 2 cells, the header 3."), (3, "The row has 4 cells, the header 3.")]
    assert [each.raw for each in found.rejected] == ["1,2", "1,2,3,4"]


@pytest.mark.parametrize(
    "line",
    ['2,"lone', '2,"lone" x', '"2,lone', '2,lone"', '2,5" pipe', '2,"a"b"'],
)
@pytest.mark.parametrize("below", ["3,x\n4,y\n", '3,"x"\n"4",y\n', '3,x\n4,"y, ""z"""\n'])
def test_a_lone_quote_swallows_nothing(tmp_path: Path, line: str, below: str) -> None:
    found = of(tmp_path, f"a,b\n1,first\n{line}\n{below}")
    assert found.numbers == [2, 3, 4, 5]
    assert cells(found)[1] == line.split(",")
    assert cells(found)[2] == ["3", "x"]


def test_a_lone_quote_in_a_bad_row_swallows_nothing(tmp_path: Path) -> None:
    found = of(tmp_path, 'a,b\n"1\n2,x\n3","4","5"\n6,y\n')
    assert [row["a"] for row in found.rows] == ["2", "6"]
    assert [each.raw for each in found.rejected] == ['"1', '3","4","5"']


def test_a_record_over_several_lines_with_too_few_cells_is_one_rejected_row(tmp_path: Path) -> None:
    found = of(tmp_path, 'a,b,c\n"x\ny",2\n1,2,3\n')
    assert ([each.raw for each in found.rejected], found.numbers) == (['"x\ny",2'], [3])


def test_nul_stays_and_huge_values_are_rejected(tmp_path: Path) -> None:
    huge = "x" * 10_000_000
    found = of(tmp_path, f'a,b\n1,n\0l\n2,{huge}\n3,"{huge}\n"\n4,y\n')
    assert cells(found) == [["1", "n\0l"], ["4", "y"]]
    assert [(each.row, each.column, len(each.raw)) for each in found.rejected] == [(3, "b", 10_000_002), (4, "b", 10_000_005)]
    assert found.rejected[0].value == "x" * 200


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> int:
    """A bound on rows that a test reaches quickly."""
    for module in (csv, _bytes, _records):
        monkeypatch.setattr(module, "LONGEST_ROW", 2 * MIB)
    return 2 * MIB


def test_an_endless_line_does_not_fill_the_memory(tmp_path: Path, longest: int) -> None:
    found = of(tmp_path, b"a,b\n1,2\n" + b"x" * (longest + 3_000_000) + b"\n3,4\n")
    assert (found.numbers, found.reasons) == ([2, 4], [(3, "The row is longer than 2 MB; only its beginning is kept.")])
    assert len(found.rejected[0].raw) == longest
    assert len(of(tmp_path, b"a,b\n" + b"x" * (longest + 3_000_000)).rejected) == 1


def test_a_quote_that_never_closes_ends_its_search_within_bounds(tmp_path: Path, longest: int) -> None:
    rows = longest // 98 + 20_000
    found = of(tmp_path, 'a,b\n0,"lone\n' + ("1," + "x" * 95 + "\n") * rows)
    assert found.numbers == list(range(2, rows + 3))
    assert (found.rejected, found.batches[0]["b"][0].as_py()) == ([], '"lone')


def test_many_odd_quotes_do_not_take_long(tmp_path: Path) -> None:
    found = of(tmp_path, 'a,b\n"y\n' + 'x","y\n' * 5_000)
    assert len(found.numbers) + len(found.rejected) == 5_001


def test_an_empty_file_and_a_header_alone(tmp_path: Path) -> None:
    for content in (b"", b"\n\n", b"\xef\xbb\xbf"):
        with pytest.raises(DataError, match="is empty"):
            of(tmp_path, content)
    found = of(tmp_path, "a,b\n")
    assert (found.columns, found.rows) == (["a", "b"], [])
    with pytest.raises(DataError, match="10001 columns"):
        of(tmp_path, "," * 10_000)


def test_gzip_is_read_and_a_bomb_or_a_torn_file_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    assert len(of(tmp_path, packed, "a.csv.gz").numbers) == 1000
    with pytest.raises(DataError, match="damaged"):
        of(tmp_path, packed[:-20], "a.csv.gz")
    with pytest.raises(DataError, match="more than 200 times"):
        of(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 6_000_000), "bomb.csv.gz")


def test_what_it_claims(tmp_path: Path) -> None:
    assert csv.claims(stored(tmp_path, "a.CSV", b"x\0y"))
    assert csv.claims(stored(tmp_path, "a.tsv.gz", gzip.compress(b"one column")))
    assert csv.claims(stored(tmp_path, "export", b"a;b\n1;2\n"))
    assert csv.claims(stored(tmp_path, "export.txt", "a;b\n1;2\n".encode("utf-16")))
    for name, content in [("a.csv", b"PK\x03\x04"), ("a.txt", b"Dear all,\nplease read\nthis"), ("b", b"\0\1,\2"), ("c.md", b"")]:
        assert not csv.claims(stored(tmp_path, name, content))
    source = stored(tmp_path, "a.csv", b"")
    assert csv.parts(source) == [source]


LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=6)
PITFALLS = st.text(st.sampled_from('",;\t|\n\r a\0ä'), max_size=6)
VALUES = LETTERS | PITFALLS


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    width = draw(st.integers(1, 5))
    names = draw(st.lists(VALUES.filter(bool), min_size=width, max_size=width, unique=True))
    rows = draw(st.lists(st.lists(VALUES, min_size=width, max_size=width), max_size=8))
    return [f"n{name}" for name in names], rows


@given(
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(
        [("\r\n", standard.QUOTE_MINIMAL), ("\r\n", standard.QUOTE_ALL), ("\n", standard.QUOTE_ALL), ("\r", standard.QUOTE_ALL)]
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_the_standard_library_writes_reads_back_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[list[str], list[list[str]]],
    delimiter: str,
    form: tuple[str, int],
    encoding: str,
) -> None:
    names, rows = table
    text = io.StringIO(newline="")
    standard.writer(text, delimiter=delimiter, lineterminator=form[0], quoting=form[1]).writerows([names, *rows])  # type: ignore[arg-type]
    folder = tmp_path_factory.mktemp("csv")
    found = of(folder, text.getvalue().encode(encoding), delimiter=delimiter)
    assert found.columns == names
    assert cells(found) == [[value or None for value in row] for row in rows]
    assert (found.numbers, found.rejected) == (list(range(2, len(rows) + 2)), [])


@given(st.text(st.sampled_from('",\n\r a1'), max_size=60))
def test_both_ways_of_reading_agree_on_any_text(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    folder = tmp_path_factory.mktemp("csv")
    content = f"a,b\n{body}"
    fast = of(folder, content, delimiter=",")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv, "_clean_end", lambda data, delimiter: 0)
        careful = of(folder, content, delimiter=",")
    assert (fast.all, fast.rejected) == (careful.all, careful.rejected)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_where_a_block_ends_makes_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    content = 'a,b\r\n1,2\r\n"x\r\n\r\ny","3"\r\n4,"lone\r\n5,"p, q"\r\n6,"z\nz"\r\n7,8\r\n'
    whole = of(tmp_path, content)
    small = csv.blocks
    monkeypatch.setattr(csv, "blocks", lambda stream: small(stream, size))
    pieces = of(tmp_path, content)
    assert (pieces.all, pieces.rejected) == (whole.all, whole.rejected)
    assert len(whole.all) == 6
