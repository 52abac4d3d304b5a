"""Work done once per distinct text: columns as codes beside their distinct texts, which alone are looked at.

Arrays go in as strings or coded (Arrow dictionaries, int32 codes) and come out coded, one entry per row. A code is null where the text is: a coded
array's dictionary holds no null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def flat(values: Any) -> Any:
    """Return an array in one chunk."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def coded(values: Any) -> Any:
    """Return texts as codes and distinct texts; what is coded already stays as it is."""
    values = flat(values)
    return values if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)


def decoded(values: Any) -> Any:
    """Return a plain string array."""
    values = flat(values)
    return pc.take(values.dictionary, values.indices) if pa.types.is_dictionary(values.type) else values


def each(values: Any, change: Callable[[Any], Any]) -> Any:
    """Return coded texts after a change of the distinct ones.

    Args:
        values: strings, coded or not.
        change: from a string array to one of the same length, nulls allowed.
    """
    values = coded(values)
    return recoded(values.indices, change(values.dictionary))


def each_text(values: Any, change: Callable[[str], str | None]) -> Any:
    """Return coded texts after a change of each distinct one."""
    return each(values, lambda texts: pa.array([change(text) for text in texts.to_pylist()], pa.string()))


def recoded(codes: Any, texts: Any) -> Any:
    """Return a coded array; codes of texts that are null become null."""
    if texts.null_count:
        kept = pc.take(pc.is_valid(texts), codes)
        codes = pc.if_else(pc.fill_null(kept, False), codes, pa.scalar(None, codes.type))
        texts = pc.fill_null(texts, "")
    return pa.DictionaryArray.from_arrays(codes, texts)
