"""Convolutions whose outputs read one channel each: by lines, a row of a channel at a time, or by blocks of channels.

for each channel: a row of accumulators, requantized, pooled                           (by lines)
for each channel: the accumulators of all rows, requantized                            (by planes)
for each block of channels: unpack its weights, then each column: gather, multiply ..  (otherwise)

Weights that are not stored as bytes are unpacked by blocks in either case, once per row.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..memory import finishes_lines
from ..ops import STEP_BITS, Conv2d, MaxPool, Requantize, dense_variant
from .pixels import PixelWriter
from .statements import Statement, block, count
from .symbols import further, signed, times


@dataclass(frozen=True)
class DepthwiseWriter(PixelWriter):
    """Writes the rows of such a stage."""

    def _lines(self, op: Conv2d, line: str) -> list[Statement]:
        """A row of every channel; weights that need it are unpacked by blocks."""
        name = self.stage.anchor.name
        if op.is_stored_unpacked:
            nine = self.symbols.constant(name, "weights", self._channel_offset(name, "weights", "k"))
            return [count("k", self.made.shape[2], self._line(op, line, "k", nine, "depthwise3x3_int8"))]

        def each(channel: str) -> Statement:
            nine, at = f"levels + k * {op.window.taps}u", "k" if channel == "0u" else f"{channel} + k"
            return count("k", self._depth(op), self._line(op, line, at, nine, "depthwise3x3"))

        return self._blocks(op, each)

    def _line(self, op: Conv2d, line: str, channel: str, levels: str, kernel: str) -> list[Statement]:
        """A row of one channel, or all of its rows, and what happens to it."""
        (top, _, left, _), (_, stride) = op.window.padding, op.window.stride
        height, width, pixel = self.source.shape
        lines, columns, _ = self.made.shape
        read, size = channel if op.is_depthwise else "0", width * pixel
        if self.stage.of_planar:
            pixel, read = 1, times(f"({read})" if " " in read else read, width)
        if finishes_lines(self.stage, self.types):
            rows = ("0u", lines) if self.stage.planes else (line, 1)
            where = (height, size, top, *rows, width, read, levels, stride, left)
            return self._finished(f"{kernel}_requantized", where, line, channel)
        args = width, pixel, read, levels, stride, left, "acc", columns
        if self.stage.planes:
            plane = height, size, top, lines
            made = self.symbols.kernel(f"{kernel}_plane", self.variant, self.x, *plane, *args, header=kernel)
        else:
            made = self.symbols.kernel(kernel, self.variant, "rows", *args)
        return [made, *self._line_tail(line, channel)]

    def _finished(self, kernel: str, args: tuple[str | int, ...], line: str, channel: str) -> list[Statement]:
        """A row of one channel, or all of its rows, requantized at once, and what else happens to it."""
        first, y = self.stage.tail[0], self._result_at("", channel)
        assert isinstance(first.op, Requantize)
        scaling = self._scaling(first.name, first.op, channel)
        results = first.op.shift, first.op.lo, y, self.pixel, self.made.shape[1]
        call = self.symbols.kernel(kernel, self.variant, self.x, *args, *scaling, *results)
        return [call, *self._line_steps(1, line, channel, y, self.pixel)]

    def _line_tail(self, line: str, channel: str) -> list[Statement]:
        """What happens to a finished row of one channel of a block, or to all of its rows as if they were one: the
        requantization at once, all else by columns.
        """
        rows = self.made.shape[0] if self.stage.planes else 1
        wide, statements, done = rows * self.made.shape[1], list[Statement](), 0
        y, step = ("pixel", 1) if self.stage.pool else (self._result_at("", channel), self.pixel)
        first = self.stage.tail[0] if self.stage.tail else None
        if first and isinstance(first.op, Requantize) and first.op.is_plain:
            scaling = self._scaling(first.name, first.op, channel)
            limits = first.op.pre_shift, first.op.shift, first.op.lo, first.op.hi
            statements.append(self.symbols.kernel("requantize_line", "", "acc", *scaling, *limits, y, step, wide))
            done = 1
        if not self.stage.tail:
            statements.append(count("column", wide, [f"*({further(y, times('column', step))}) = acc[column];"]))
        statements += self._line_steps(done, line, channel, y, step)
        if self.stage.pool:
            assert isinstance(self.stage.pool.op, MaxPool)
            window, made = self.stage.pool.op.window, self.result.shape[1]
            args = ("pixel", window.kernel[1], window.stride[1], self._result_at("", channel), self.pixel, made)
            statements.append(self.symbols.kernel("max_line", "", *args))
        return statements

    def _line_steps(self, done: int, line: str, channel: str, y: str, step: int) -> list[Statement]:
        """The tail but for the first `done` nodes, column by column; values lie `step` apart from y on."""
        wide = self.made.shape[1] * (self.made.shape[0] if self.stage.planes else 1)
        target = further(y, times("column", step))
        steps = self._steps(done, line, "column", channel, 1, target if done else "acc + column", target)
        return [count("column", wide, steps)] if steps else []

    def _scaling(self, node: str, op: Requantize, channel: str) -> tuple[str, str]:
        """The multiplier and the offset of a channel, by themselves."""
        call = self.calls[node]
        if not call.constants:
            return str(call.args[1]), str(call.args[2])
        if "scaling" not in call.constants:
            return self._number(node, "multiplier", channel), self._number(node, "offset", channel)
        word = self._number(node, "scaling", channel)
        self.symbols.used.add("mcx_word")
        return f"mcx_word_multiplier({word})", f"mcx_word_offset({word}, {op.shift - STEP_BITS})"

    def _number(self, node: str, key: str, channel: str) -> str:
        """A constant that has one number for each channel."""
        return f"{self.symbols.constant(node, key)}[{self._channel_offset(node, key, channel)}]"

    def _depthwise(self, op: Conv2d, line: str, at: str, channel: str) -> list[Statement]:
        window = op.window
        acc, target = self._targets(channel)
        taps = self.symbols.kernel(
            "taps",
            self.variant,
            "rows",
            window.kernel[0],
            signed(at, window.stride[1], window.padding[2]),
            window.kernel[1],
            window.dilation[1],
            *self.source.shape[1:],
            channel,
            "outside" if window.is_padded else "NULL",
            "taps",
            header="window",
        )
        name, channels = self.stage.anchor.name, self._depth(op)
        bias = self.symbols.constant(name, "bias", self._channel_offset(name, "bias", channel))
        variant = dense_variant(op.padded(self.source))
        call = self.symbols.kernel("depthwise", variant, "taps", window.taps, "levels", bias, acc, channels)
        return [taps, call, *self._tail(line, at, channel, channels, acc, target)]

    def _blocks(self, op: Conv2d, columns: Callable[[str], Statement]) -> list[Statement]:
        """Channels by blocks whose weights are unpacked once per row."""
        name, channels = self.stage.anchor.name, len(op.codes)
        if self.blocks:
            words = self.symbols.elements(name, "weights") // self.blocks
            return [self._unpack(f"block * {words}u"), columns("0u")]
        words = self.symbols.elements(name, "weights") * op.block // channels
        if op.block == channels:
            return [self._unpack(""), columns("0u")]
        loop = (
            f"for (uint32_t channel = 0u, word = 0u; channel < {channels}u; channel += {op.block}u, word += {words}u)"
        )
        return [block(loop, [self._unpack("word"), columns("channel")])]

    def _depth(self, op: Conv2d) -> int:
        """Channels of a depthwise convolution that are made at once."""
        return min(op.block, self.made.shape[2])

    def _unpack(self, word: str) -> str:
        name = self.stage.anchor.name
        call = self.calls[name]
        return self.symbols.statement(name, call, call.args, {"y": "levels"}, {"weights": word})
