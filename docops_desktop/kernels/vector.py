"""Vector instructions that Numba doesn't write by itself.

Built into the compiled pass. Indices are unsigned, and in bounds by the caller's care.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

WIDE = 8
"""Items that ``copy_wide`` copies."""
MANY = 64
"""Bytes that ``nonzero`` looks at."""


def _place(context: Any, builder: Any, array_type: Any, array: Any, index: Any, items: int) -> tuple[Any, Any, int]:
    """Return the address of ``array[index]`` as that of a vector, the vector's type and the size of an item."""
    size = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    vector = ir.VectorType(ir.IntType(8 * size), items)
    pointer = builder.gep(context.make_array(array_type)(context, builder, array).data, [index])
    return builder.bitcast(pointer, vector.as_pointer()), vector, size


@intrinsic
def copy_wide(_context, source, at, target, to):  # type: ignore[no-untyped-def]
    """``target[to : to + WIDE] = source[at : at + WIDE]`` for unsigned integers of any two widths."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        low, have, align = _place(context, builder, signature.args[0], arguments[0], arguments[1], WIDE)
        high, wanted, wanted_align = _place(context, builder, signature.args[2], arguments[2], arguments[3], WIDE)
        values = builder.load(low, align=align)
        if have.element.width < wanted.element.width:
            values = builder.zext(values, wanted)
        elif have.element.width > wanted.element.width:
            values = builder.trunc(values, wanted)
        builder.store(values, high, align=wanted_align)
        return context.get_dummy_value()

    return types.void(source, at, target, to), generate


@intrinsic
def nonzero(_context, values, at):  # type: ignore[no-untyped-def]
    """Return an uint64 whose bit k says whether ``values[at + k]`` is not 0, for bytes."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        low, vector, align = _place(context, builder, signature.args[0], arguments[0], arguments[1], MANY)
        some = builder.icmp_unsigned("!=", builder.load(low, align=align), ir.Constant(vector, None))
        return builder.bitcast(some, ir.IntType(MANY))

    return types.uint64(values, at), generate


@intrinsic
def lowest_bit(_context, bits):  # type: ignore[no-untyped-def]
    """Return the place of the lowest bit that is set in an uint64; there must be one."""

    def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(bits), generate
