"""Vector instructions that Numba doesn't write by itself.

Built into the compiled pass. Indices are unsigned, and in bounds by the caller's care.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WIDE = 16
"""Items that ``copy_wide`` copies."""
MANY = 64
"""Bytes that ``nonzero`` looks at."""
GROUP = 64
"""Counts that ``running_sums`` adds up."""
LANES = 16
"""Bits that ``put_places`` looks at."""
RANGES = 32
"""Counts that ``put_ranges`` looks at."""
FEW = 16
"""Items that ``copy_few`` copies at most."""
RECORD = 4
"""Items that ``add_record`` adds."""


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
def equal_to(_context, values, at, code):  # type: ignore[no-untyped-def]
    """Return an uint64 whose bit k says whether ``values[at + k]`` is ``code`` (an uint64), for bytes."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        low, vector, align = _place(context, builder, signature.args[0], arguments[0], arguments[1], MANY)
        nothing, number = ir.Constant(vector, ir.Undefined), ir.IntType(32)
        first = builder.insert_element(nothing, builder.trunc(arguments[2], vector.element), number(0))
        codes = builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(number, MANY), None))
        same = builder.icmp_unsigned("==", builder.load(low, align=align), codes)
        return builder.bitcast(same, ir.IntType(MANY))

    return types.uint64(values, at, code), generate


@intrinsic
def lowest_bit(_context, bits):  # type: ignore[no-untyped-def]
    """Return the place of the lowest bit that is set in an uint64; there must be one."""

    def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(bits), generate


@intrinsic
def compresses(_context):  # type: ignore[no-untyped-def]
    """Tell whether the processor has an instruction for ``put_places``; known when the pass is compiled, so the other way costs nothing."""

    def generate(context, _builder, _signature, _arguments):  # type: ignore[no-untyped-def]
        return context.get_constant(types.boolean, bool(binding.get_host_cpu_features().get("avx512f")))

    return types.boolean(), generate


@intrinsic
def put_places(_context, bits, first, target, to):  # type: ignore[no-untyped-def]
    """``target[to:] = first + places of the bits that are set`` in the lowest ``LANES`` bits of an uint64, for uint32; all ``LANES`` places are written."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        bits, first, array, to = arguments
        address, lanes, align = _place(context, builder, signature.args[2], array, to, LANES)
        start = builder.insert_element(
            ir.Constant(lanes, ir.Undefined), builder.trunc(first, lanes.element), ir.IntType(32)(0)
        )
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
        start = builder.shuffle_vector(start, ir.Constant(lanes, ir.Undefined), zeros)
        places = builder.add(start, ir.Constant(lanes, list(range(LANES))))
        which_type = ir.VectorType(ir.IntType(1), LANES)
        which = builder.bitcast(builder.trunc(bits, ir.IntType(LANES)), which_type)
        compress = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(lanes, [lanes, which_type, lanes]),
            f"llvm.experimental.vector.compress.v{LANES}i32",
        )
        builder.store(builder.call(compress, [places, which, ir.Constant(lanes, ir.Undefined)]), address, align=align)
        return context.get_dummy_value()

    return types.void(bits, first, target, to), generate


@intrinsic
def count_bits(_context, bits):  # type: ignore[no-untyped-def]
    """Return how many bits of an uint64 are set."""

    def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctpop(arguments[0])

    return types.uint64(bits), generate


@intrinsic
def prefetch(_context, array, at):  # type: ignore[no-untyped-def]
    """Ask for the cache line of ``array[at]``, which is going to be read; any place will do, it needn't exist."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        address, _, _ = _place(context, builder, signature.args[0], arguments[0], arguments[1], 1)
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        fetch = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, number, number, number]), "llvm.prefetch.p0"
        )
        builder.call(fetch, [builder.bitcast(address, byte), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, at), generate


@intrinsic
def running_sums(_context, counts, at, before, target, to):  # type: ignore[no-untyped-def]
    """``target[to + k] = before + sum(counts[at : at + k])`` for ``GROUP`` counts of one byte and an uint32 target; return ``before`` plus all of them."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        low, _, _ = _place(context, builder, signature.args[0], arguments[0], arguments[1], GROUP)
        narrow = ir.VectorType(ir.IntType(16), GROUP)
        values = builder.zext(builder.load(low, align=1), narrow)
        nothing, sums = ir.Constant(narrow, None), values
        step = 1
        while step < GROUP:  # each count is added to those 1, 2, 4, ... places on
            order = [GROUP + k - step if k >= step else k for k in range(GROUP)]
            picks = ir.Constant(ir.VectorType(ir.IntType(32), GROUP), order)
            sums = builder.add(sums, builder.shuffle_vector(nothing, sums, picks))
            step *= 2
        number, wide = ir.IntType(32), ir.VectorType(ir.IntType(32), GROUP)
        start = builder.insert_element(ir.Constant(wide, ir.Undefined), builder.trunc(arguments[2], number), number(0))
        start = builder.shuffle_vector(start, ir.Constant(wide, ir.Undefined), ir.Constant(wide, None))
        high, _, align = _place(context, builder, signature.args[3], arguments[3], arguments[4], GROUP)
        builder.store(builder.add(builder.zext(builder.sub(sums, values), wide), start), high, align=align)
        whole = builder.zext(builder.extract_element(sums, number(GROUP - 1)), ir.IntType(64))
        return builder.add(arguments[2], whole)

    return types.uint64(counts, at, before, target, to), generate


@intrinsic
def copy_few(_context, source, at, n, target, to):  # type: ignore[no-untyped-def]
    """``target[to : to + n] = source[at : at + n]`` for arrays of the same type; at most ``FEW`` items, and nothing else is touched."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        low, vector, align = _place(context, builder, signature.args[0], arguments[0], arguments[1], FEW)
        high, _, _ = _place(context, builder, signature.args[3], arguments[3], arguments[4], FEW)
        wide, which_type = ir.VectorType(ir.IntType(64), FEW), ir.VectorType(ir.IntType(1), FEW)
        n = builder.insert_element(ir.Constant(wide, ir.Undefined), arguments[2], ir.IntType(32)(0))
        n = builder.shuffle_vector(
            n, ir.Constant(wide, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), FEW), None)
        )
        which = builder.icmp_unsigned("<", ir.Constant(wide, list(range(FEW))), n)
        suffix = f"v{FEW}i{vector.element.width}.p0"
        load = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(vector, [vector.as_pointer(), ir.IntType(32), which_type, vector]),
            f"llvm.masked.load.{suffix}",
        )
        store = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [vector, vector.as_pointer(), ir.IntType(32), which_type]),
            f"llvm.masked.store.{suffix}",
        )
        values = builder.call(load, [low, ir.IntType(32)(align), which, ir.Constant(vector, None)])
        builder.call(store, [values, high, ir.IntType(32)(align), which])
        return context.get_dummy_value()

    return types.void(source, at, n, target, to), generate


@intrinsic
def add_record(_context, records, at, sums, to, which):  # type: ignore[no-untyped-def]
    """``sums[to : to + RECORD] += records[at : at + RECORD]`` for integers of one width, of those items whose bit is set in ``which`` (an uint64)."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, vector, align = _place(context, builder, signature.args[0], arguments[0], arguments[1], RECORD)
        target, _, _ = _place(context, builder, signature.args[2], arguments[2], arguments[3], RECORD)
        which = builder.trunc(arguments[4], ir.IntType(RECORD))
        which = builder.bitcast(which, ir.VectorType(ir.IntType(1), RECORD))
        values = builder.select(which, builder.load(source, align=align), ir.Constant(vector, None))
        builder.store(builder.add(builder.load(target, align=align), values), target, align=align)
        return context.get_dummy_value()

    return types.void(records, at, sums, to, which), generate


@intrinsic
def take_turn(_context, turns):  # type: ignore[no-untyped-def]
    """Return ``turns[0]`` and add 1 to it, for an int64 that several threads take their turns from: no two get the same."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointer = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.atomic_rmw("add", pointer, ir.IntType(64)(1), "monotonic")

    return types.int64(turns), generate


@intrinsic
def compresses_words(_context):  # type: ignore[no-untyped-def]
    """Tell whether the processor has an instruction for ``put_ranges``; known when the pass is compiled."""

    def generate(context, _builder, _signature, _arguments):  # type: ignore[no-untyped-def]
        return context.get_constant(types.boolean, bool(binding.get_host_cpu_features().get("avx512vbmi2")))

    return types.boolean(), generate


@intrinsic
def put_ranges(_context, bits, counts, at, before, low, lengths, to):  # type: ignore[no-untyped-def]
    """Of ``RANGES`` ranges side by side, write where those begin whose bit is set in an uint64 and how long they are; return where the last one ends.

    ``counts[at:]`` (bytes) are the lengths, ``before`` (an uint64) is where the first one begins; ``low[to:]`` and ``lengths[to:]`` are uint32, of which up
    to ``RANGES`` places are written.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        bits, counts, at, before, low, lengths, to = arguments
        number = ir.IntType(32)
        address, _, _ = _place(context, builder, signature.args[1], counts, at, RANGES)
        short, quads = ir.VectorType(ir.IntType(16), RANGES), ir.VectorType(ir.IntType(64), RANGES // 4)
        values = builder.zext(builder.load(address, align=1), short)
        ones = ir.Constant(quads, [0x0001_0001_0001_0001] * (RANGES // 4))
        within = builder.mul(builder.bitcast(values, quads), ones)  # running sums of four at a time
        fours = builder.lshr(within, ir.Constant(quads, [48] * (RANGES // 4)))
        nothing, sums, step = ir.Constant(quads, None), fours, 1
        while step < RANGES // 4:
            order = [RANGES // 4 + k - step if k >= step else k for k in range(RANGES // 4)]
            picks = ir.Constant(ir.VectorType(number, RANGES // 4), order)
            sums = builder.add(sums, builder.shuffle_vector(nothing, sums, picks))
            step *= 2
        fours_before = builder.mul(builder.sub(sums, fours), ones)
        starts = builder.sub(builder.add(builder.bitcast(within, short), builder.bitcast(fours_before, short)), values)
        which_type = ir.VectorType(ir.IntType(1), RANGES)
        which = builder.bitcast(builder.trunc(bits, ir.IntType(RANGES)), which_type)
        compress = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(short, [short, which_type, short]),
            f"llvm.experimental.vector.compress.v{RANGES}i16",
        )
        half = RANGES // 2
        wide = ir.VectorType(number, half)
        first = builder.insert_element(ir.Constant(wide, ir.Undefined), builder.trunc(before, number), number(0))
        first = builder.shuffle_vector(first, ir.Constant(wide, ir.Undefined), ir.Constant(wide, None))
        many = builder.icmp_unsigned(">", builder.ctpop(builder.trunc(bits, number)), number(half))
        for place, (array, kind, found) in enumerate(
            ((low, signature.args[4], starts), (lengths, signature.args[5], values))
        ):
            kept = builder.call(compress, [found, which, ir.Constant(short, ir.Undefined)])
            for side in range(2):  # the second half is hardly ever needed
                picks = ir.Constant(ir.VectorType(number, half), list(range(side * half, (side + 1) * half)))
                items = builder.zext(builder.shuffle_vector(kept, ir.Constant(short, ir.Undefined), picks), wide)
                items = builder.add(items, first) if place == 0 else items
                index = builder.add(to, ir.IntType(64)(side * half))
                target, _, align = _place(context, builder, kind, array, index, half)
                with builder.if_then(many, likely=False) if side else nullcontext():
                    builder.store(items, target, align=align)
        return builder.add(before, builder.extract_element(sums, number(RANGES // 4 - 1)))

    return types.uint64(bits, counts, at, before, low, lengths, to), generate
