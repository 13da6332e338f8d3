"""The function that makes one row of a stage's result.

rows: where the window's rows are
for each column: gather the patch, multiply, requantize .. into y; depthwise.py has what goes channel by channel,
and makes all rows in one call where the stage is made by planes
with a pool: lines and columns of its window, each pixel merged into y

Of a stream that runs by blocks of channels, a call makes the channels of one block: `block` counts them.
"""

from dataclasses import dataclass

from ..memory import by_fours, finishes_lines, is_direct, padded_inputs, parts, reads_rgb, requantizes_two, work_bytes
from ..ops import INPUT_VARIANT, STEP_BITS, Argument, Call, Conv2d, MaxPool, Requantize, SumPool
from .constants import C_TYPES
from .depthwise import DepthwiseWriter
from .pixels import has_constants_by_channel
from .statements import Statement, block, count, lines
from .symbols import further, pointer, signed, times


@dataclass(frozen=True)
class RowFunction:
    """A C function: what it is for, its head, the lines of its body."""

    comment: str
    head: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class RowWriter(DepthwiseWriter):
    """Writes the function of one stage."""

    @property
    def has_work(self) -> bool:
        return work_bytes(self.stage, self.types) > 0

    def function(self) -> RowFunction:
        arguments = [f"const {C_TYPES[self.source.dtype]} *x"]
        arguments += [f"const {C_TYPES[self.types[n].dtype]} *x{i}" for i, n in enumerate(self.stage.operands, 1)]
        arguments += ["uint32_t block"] if self.blocks and has_constants_by_channel(self.stage, self.calls) else []
        arguments += [] if self.stage.planes else ["uint32_t row"]
        arguments += [f"{C_TYPES[self.result.dtype]} *y"]
        arguments += ["uint8_t *work"] if self.has_work else []
        layers = ", ".join(dict.fromkeys(node.layer for node in self.stage.nodes))
        shapes = " -> ".join("x".join(map(str, t.shape)) for t in (self.source, self.result))
        head = f"static void {self.symbols.row_function(self.stage.anchor.name)}({', '.join(arguments)})"
        made = "" if self.stage.planes else "a row of "
        return RowFunction(f"{layers}: {made}{shapes}.", head, tuple(lines(self._body(), 1)))

    def _body(self) -> list[Statement]:
        declared: list[Statement] = [self._pointer(p.name, p.dtype, p.offset) for p in parts(self.stage, self.types)]
        op = self.stage.anchor.op
        if self.stage.planes or finishes_lines(self.stage, self.types):
            assert isinstance(op, Conv2d)
            return [*declared, *([""] if declared else []), *self._lines(op, "0u" if self.stage.planes else "row")]
        declared.append(f"const {C_TYPES[self.read.dtype]} *rows[{self.stage.window.kernel[0]}];")
        if isinstance(op, Conv2d) and op.is_depthwise and not self.stage.lines:
            declared.append(f"const {C_TYPES[self.source.dtype]} *taps[{op.window.taps}];")
            if op.window.is_padded:
                outside = ("fill", self.variant, op.pad_value, "outside", self._depth(op))
                declared += ["", self.symbols.kernel(*outside, header="max")]
        declared += self._zeros()
        if self.stage.pool is None:
            return [*declared, "", self._rows("row"), *self._columns("row", "column")]
        high, stride = self.stage.lines_per_row
        first = f"row * {stride}u"
        lowest = -128 if self.result.dtype == "int8" else 0
        loop = f"for (uint32_t line = {first}; line < {first} + {high}u; line++)"
        return [*declared, "", self._fill(lowest), block(loop, [self._rows("line"), *self._columns("line", "at")])]

    def _zeros(self) -> list[Statement]:
        """What fills up the patches of two pixels; gathering never touches it."""
        op = self.stage.anchor.op
        if self.stage.pixels != 2 or not isinstance(op, Conv2d) or self._reads_rgb:
            return []
        inputs, padded = op.levels.shape[1], padded_inputs(self.stage)
        if padded == inputs:
            return []
        ends = (f"patch + {at}u" for at in (inputs, padded + inputs))
        return ["", *(self.symbols.kernel("fill", self.variant, 0, end, padded - inputs, header="max") for end in ends)]

    def _fill(self, value: int) -> Statement:
        """The row of the result, as far as this call makes it."""
        width, channels = self.result.shape[1], self.result.stored_channels

        def fill(y: str, size: int) -> str:
            return self.symbols.kernel("fill", INPUT_VARIANT[self.result.dtype], value, y, size, header="max")

        if self.stage.planar or self.pixel == channels:
            return fill("y", width * channels)
        return count("column", width, [fill(f"y + column * {self.pixel}u", channels)])

    def _pointer(self, name: str, dtype: str, offset: int) -> str:
        c_type = C_TYPES[dtype]
        return f"{c_type} *const {name} = {pointer(c_type, 'work', offset)};"

    def _rows(self, line: str) -> str:
        window = self.stage.window
        height = self.source.shape[0]
        return self.symbols.kernel(
            "rows",
            self.variant,
            self.x,
            signed(line, window.stride[0], window.padding[0]),
            window.dilation[0],
            window.kernel[0],
            height,
            self.slots,
            self.source.elements // height,
            "rows",
            header="window",
        )

    def _columns(self, line: str, at: str) -> list[Statement]:
        """All columns of the result, for all channels."""
        op = self.stage.anchor.op
        if isinstance(op, Conv2d) and self.stage.lines:
            return self._lines(op, line)
        if isinstance(op, Conv2d) and op.is_depthwise:
            return self._blocks(op, lambda channel: self._each_column(self._depthwise(op, line, at, channel)))
        if self.stage.pixels == 2:
            assert isinstance(op, Conv2d)
            return self._pairs(op, line, at)
        return [self._each_column(self._pixel(line, at))]

    def _each_column(self, body: list[Statement]) -> Statement:
        if self.stage.pool is not None:
            first, wide = self._pooled()
            body = [block(f"for (uint32_t at = {first}; at < {first} + {wide}u; at++)", body)]
        return count("column", self.result.shape[1], body)

    def _pairs(self, op: Conv2d, line: str, at: str) -> list[Statement]:
        """All columns, two pixels at once; of an odd number, the last one by itself."""
        first, wide = self._pooled() if self.stage.pool else ("", self.result.shape[1])
        start, end = (first, f"{first} + {wide // 2 * 2}u") if first else ("0u", f"{wide // 2 * 2}u")
        two = self._two_pixels(op, line, at)
        loop = f"for (uint32_t pair = {start}; pair < {end}; pair += 2u)"
        body: list[Statement] = two if self._is_one_call else [block(loop, two)]
        if wide % 2:
            body.append(block("", [f"const uint32_t {at} = {end};", *self._pixel(line, at)]))
        return [count("column", self.result.shape[1], body)] if self.stage.pool else body

    @property
    def _by_fours(self) -> bool:
        return by_fours(self.stage, self.made.shape[2])

    @property
    def _reads_rgb(self) -> bool:
        return reads_rgb(self.stage, self.variant, self.made.shape[2])

    @property
    def _is_one_call(self) -> bool:
        """A call makes all pairs of a row: nothing is gathered for them, and nothing else happens to them."""
        gathers = not (is_direct(self.stage) or self._reads_rgb)
        return self._by_fours and not gathers and len(self.stage.tail) == 1 and self.stage.pool is None

    def _two_pixels(self, op: Conv2d, line: str, at: str) -> list[Statement]:
        """The convolution of columns `pair` and `pair + 1`, then what happens to each of them."""
        name, stride = self.stage.anchor.name, op.window.stride[1]
        channels = self.source.shape[2]
        outputs, inputs = self.made.shape[2], padded_inputs(self.stage)
        _, target = self._targets("0u")
        each = f"for (uint32_t {at} = pair; {at} < pair + 2u; {at}++)"
        statements: list[Statement] = []
        inputs_at: list[str | int]
        if is_direct(self.stage):
            start = "rows[0]" if self._is_one_call else further("rows[0]", times("pair", stride * channels))
            inputs_at = [start, stride * channels, inputs]
        elif self._reads_rgb:
            first = signed("0u" if self._is_one_call else "pair", stride, op.window.padding[2])
            inputs_at = ["rows", first, stride, self.source.shape[1], op.pad_value]
        else:
            to = f"patch + ({at} - pair) * {inputs}u"
            statements.append(block(each, [self._gather(op, signed(at, stride, op.window.padding[2]), to)]))
            inputs_at = ["patch", inputs, inputs]
        if requantizes_two(self.stage):
            return [*statements, *self._requantized(op, line, at, each, inputs_at)]
        bias = "bias" if "bias" in self.calls[name].constants else None
        patch, *sizes = inputs_at
        args: tuple[Argument, ...] = ("weights", bias, "x", *sizes, "y", outputs)
        call = Call(f"pixels_{op.fmt.name}", args, self.calls[name].variant)
        offsets = {key: self._channel_offset(name, key, "0u") for key in ("weights", "bias")}
        statements.append(self.symbols.statement(name, call, args, {"x": str(patch), "y": "acc"}, offsets))
        tail = self._tail(line, at, "0u", outputs, f"acc + ({at} - pair) * {outputs}u", target)
        return [*statements, block(each, tail)]

    def _requantized(self, op: Conv2d, line: str, at: str, each: str, x: list[str | int]) -> list[Statement]:
        """Two pixels whose accumulators are requantized at once, then what else happens to each of them.

        x: where their inputs are, as the kernel has it.
        """
        name, first, outputs = self.stage.anchor.name, self.stage.tail[0], self.made.shape[2]

        def constant(node: str, key: str) -> str:
            return self.symbols.constant(node, key, self._channel_offset(node, key, "0u"))

        assert isinstance(first.op, Requantize)
        waits = self.stage.pool or (self.stage.planar and not self._by_fours)
        pixel, y = (outputs, "pixel") if waits else (self.pixel, self._result_at("pair", ""))
        call = self.calls[first.name]
        pairs, scaling = 1, [constant(first.name, key) for key in call.constants]
        if self._is_one_call:
            y, pairs = "y", self.made.shape[1] // 2
        args: list[str | int] = [constant(name, "weights"), *x, *scaling]
        by_parts = call.kernel == "requantize_parts"
        args += [first.op.pre_shift, first.op.shift - by_parts * STEP_BITS, first.op.lo]
        beside = self.made.shape[1] if self.stage.planar else 1
        args += [y, pixel, beside, outputs, pairs] if self._by_fours else [first.op.hi, y, pixel, outputs]
        kernel, variant = f"pixels_{op.fmt.name}", self.calls[name].variant
        fours = "rgb" if self._reads_rgb else "parts" if by_parts else "fours"
        way = fours if self._by_fours else "requantized"
        made = self.symbols.kernel(f"{kernel}_{way}", variant, *args, header=kernel)
        target = further("pixel", f"({at} - pair) * {outputs}u") if waits else self._result_at(at, "")
        rest = [*self._steps(1, line, at, "0u", outputs, target, target), *self._merge("0u", outputs, target)]
        rest += self._spread(at, target) if waits else []
        return [made, *([block(each, rest)] if rest else [])]

    def _pixel(self, line: str, at: str) -> list[Statement]:
        op, window = self.stage.anchor.op, self.stage.window
        first = signed(at, window.stride[1], window.padding[2])
        if isinstance(op, Conv2d) and self.stage.slices > 1:
            return self._sliced(op, line, at, first)
        acc, target = self._targets("0u")
        width, channels = self.source.shape[1], self.source.stored_channels
        rows = ("rows", window.kernel[0], first, window.kernel[1])
        tail = [*self._tail(line, at, "0u", self.made.shape[2], acc, target), *self._spread(at)]
        if isinstance(op, MaxPool):
            return [self.symbols.kernel("max_pool", self.variant, *rows, width, channels, target), *tail]
        if isinstance(op, SumPool):
            args = (*rows, window.dilation[1], width, op.pad_value, acc, channels)
            return [self.symbols.kernel("sum_pool", self.variant, *args), *tail]
        assert isinstance(op, Conv2d)
        return [*self._convolve(op, at, first, acc), *tail]

    def _convolve(self, op: Conv2d, at: str, first: str, acc: str) -> list[Statement]:
        """The dense kernel on the patch, group by group."""
        if op.groups == 1:
            gathered, patch = self._gathered(op, at, first)
            return [*gathered, self._dense(patch, acc, "block" if self.blocks else "", self.blocks or 1)]
        gather = self._gather(op, first, "patch", "group")
        y = further(acc, times("group", len(op.codes) // op.groups))
        return [count("group", op.groups, [gather, self._dense("patch", y, "group", op.groups)])]

    def _sliced(self, op: Conv2d, line: str, at: str, first: str) -> list[Statement]:
        """The outputs of a pixel slice by slice, from one patch."""
        slices = self.stage.slices
        size = self.made.shape[2] // slices
        channel = times("slice", size)
        acc, target = self._targets(channel)
        gathered, patch = self._gathered(op, at, first)
        made = self._dense(patch, acc, "slice", slices)
        return [*gathered, count("slice", slices, [made, *self._tail(line, at, channel, size, acc, target)])]

    def _gathered(self, op: Conv2d, at: str, first: str) -> tuple[list[Statement], str]:
        """What gathers the patch of a pixel, and where it then lies."""
        if is_direct(self.stage):
            step = op.window.stride[1] * self.source.stored_channels
            return [], further("rows[0]", times(at, step))
        return [self._gather(op, first, "patch")], "patch"

    def _dense(self, patch: str, y: str, run: str, runs: int) -> str:
        """The dense kernel with the weights of one of several runs."""
        name = self.stage.anchor.name
        call = self.calls[name]
        offsets = {key: times(run, self.symbols.elements(name, key) // runs) for key in call.constants}
        return self.symbols.statement(name, call, call.args, {"x": patch, "y": y}, offsets)

    def _gather(self, op: Conv2d, first: str, patch: str, group: str = "") -> str:
        """The window's channels of a group, from column `first` on, into a patch."""
        window, channels = op.window, self.source.stored_channels
        size = channels // op.groups
        return self.symbols.kernel(
            "patch",
            self.variant,
            "rows",
            window.kernel[0],
            first,
            window.kernel[1],
            window.dilation[1],
            self.source.shape[1],
            channels,
            times(group, size) or 0,
            size,
            0 if self.source.dtype == "bit" else op.pad_value,
            patch,
            header="window",
        )
