"""Arrow columns as whole numbers: texts by their place in a dictionary, rows by their place in an order.

Sorting and comparing whole numbers with numpy is what makes laying events and journeys down quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kundig import event

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = pa.Array[Any]
    Chunked = pa.ChunkedArray[Any]
    Codes = NDArray[np.int32]
    Whole = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MOST_WORDS = 4096
"""A column of more different texts is given plain: its dictionary would be written again with every row group."""

PLAIN = ("event_id", "extra")
"""Texts of which hardly one repeats."""
_TEXTS = {column.name for table in (event.EVENTS, event.STEPS) for column in table.columns if column.type == "string"}
REPEATING = frozenset(_TEXTS.difference(PLAIN))
"""Texts that repeat, so that they are quicker and smaller as dictionaries."""


@dataclass(frozen=True)
class Words:
    """A text column as whole numbers: the place of each row's text in ``words``, -1 where there is none."""

    codes: Codes
    words: Array

    @classmethod
    def of(cls, column: Chunked | Array) -> Words:
        """The words of a text column, plain or a dictionary."""
        encoded = dictionary(column)
        return cls(encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary)

    def sorted(self, order: Whole) -> Words:
        """The same words, the rows in another order."""
        return Words(self.codes[order], self.words)

    def texts(self, codes: Codes) -> Array:
        """The texts of any codes of these words."""
        if not len(self.words):
            return pa.nulls(len(codes), pa.string())
        indices = numbers(codes, codes < 0)
        if len(self.words) > MOST_WORDS:
            return self.words.take(indices)
        return pa.DictionaryArray.from_arrays(indices, self.words)

    def at(self, rows: Whole) -> Array:
        """The texts at ``rows``, none where a row is -1."""
        return self.texts(np.where(rows < 0, np.int32(-1), self.codes[rows]))

    def equal(self, word: str) -> Mask:
        """Whether each row is ``word``."""
        code = pc.index(self.words, word).as_py()
        equal: Mask = self.codes == (code if code >= 0 else len(self.words))
        return equal

    def ranks(self) -> Whole:
        """The place of each word among all in order of their bytes."""
        ranks = np.empty(len(self.words), np.int64)
        ranks[pc.sort_indices(self.words)] = np.arange(len(self.words))
        return ranks


def dictionary(column: Chunked | Array) -> pa.DictionaryArray[Any, Any]:
    """A text column as one dictionary and the place of each row's text in it."""
    whole: Any = column.unify_dictionaries().combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded: pa.DictionaryArray[Any, Any] = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return encoded


def utf8(texts: Array) -> list[bytes]:
    """The bytes of each text."""
    listed: Any = texts.cast(pa.large_binary()).to_pylist()
    return list(listed)


def one(column: Chunked | Array) -> Array:
    """The column in one piece."""
    whole: Array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole


def integers(column: Chunked | Array) -> Whole:
    """Whole numbers or microseconds without gaps."""
    whole: Whole = one(column).cast(pa.int64()).to_numpy()
    return whole


def numbers(values: NDArray[Any], missing: Mask) -> Array:
    """Arrow numbers, null where ``missing``."""
    made: Array = pa.array(values, mask=missing)
    return made


def given(column: Array) -> Mask:
    """Where there is a value."""
    mask: Mask = column.is_valid().to_numpy(zero_copy_only=False)
    return mask


def changed(values: NDArray[Any]) -> Mask:
    """Where a value differs from the one before it; true for the first."""
    changes = np.ones(len(values), bool)
    changes[1:] = values[1:] != values[:-1]
    return changes


def order_of(groups: Whole, rows: pa.Table, position: str) -> Whole:
    """The rows of ``rows`` by group, time, ``position`` and event id; ``groups`` has a number from 0 for each row.

    The last two are only compared where the first are equal: comparing them everywhere would cost more than all else.
    """
    time, place = integers(rows["occurred_at"]), integers(rows[position])
    order = _stable(groups, np.argsort(time))
    tied = ~(changed(groups[order]) | changed(time[order]))
    _settle(order, tied, rows[position])
    tied &= ~changed(place[order])
    _settle(order, tied, rows["event_id"])
    return order


def _stable(groups: Whole, order: Whole) -> Whole:
    """``order`` sorted by group, rows of one group as they were.

    A group and a place share one number: sorting values is several times quicker than sorting places.
    """
    bits = len(order).bit_length()
    keys = (groups[order] << bits) | np.arange(len(order))
    keys.sort()
    stable: Whole = order[keys & ((1 << bits) - 1)]
    return stable


def _settle(order: Whole, tied: Mask, column: Chunked | Array) -> None:
    """Put runs of rows that are ``tied`` to the one before them into the order of ``column``, in place."""
    places = np.flatnonzero(tied | np.append(tied[1:], False))
    if not len(places):
        return
    rows = order[places]
    runs = pa.table({"run": np.cumsum(~tied)[places], "value": one(column).take(rows)})
    order[places] = rows[pc.sort_indices(runs, sort_keys=[("run", "ascending"), ("value", "ascending")])]


def shortened(rows: pa.Table) -> pa.Table:
    """The rows with long dictionaries as plain texts, ready to be written."""
    for number, name in enumerate(rows.column_names):
        column = rows[name]
        if pa.types.is_dictionary(column.type) and len(dictionary(column).dictionary) > MOST_WORDS:
            rows = rows.set_column(number, name, dictionary(column).dictionary_decode())
    return rows


def table_of(table: event.Table, columns: Mapping[str, Any]) -> pa.Table:
    """The columns as ``table`` has them; texts may be dictionaries."""
    arrays = [c if isinstance(c, pa.Array) else pa.array(c) for c in (columns[name] for name in table.names)]
    fields = [field.with_type(array.type) for field, array in zip(table.arrow(), arrays, strict=True)]
    return pa.table(arrays, schema=pa.schema(fields))
