"""What happens to one finished pixel of a stage: its accumulators to the result, through the tail and the pool."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..graph import Node
from ..memory import by_fours, parts, reads_rgb, requantizes_two, spreads
from ..ops import INPUT_VARIANT, Call, Conv2d, MaxPool, Requantize, TensorType, dense_variant
from ..schedule import Stage, Types
from .constants import C_TYPES
from .statements import Statement
from .symbols import Symbols, further, times


def tail_call(stage: Stage, variant: str, node: Node, *types: TensorType) -> Call:
    """The call of a node of a stage's tail.  variant: by the anchor's input.

    What two pixels at once are requantized by reads multipliers and offsets by themselves.
    """
    if requantizes_two(stage) and node is stage.tail[0] and isinstance(node.op, Requantize):
        return node.op.call_parts(*types) if by_parts(stage, variant, *types) else node.op.call_apart(*types)
    return node.op.call(*types)


def by_parts(stage: Stage, variant: str, made: TensorType) -> bool:
    """By fours, from inputs that are not negative and bytes of weights, and offsets are whole parts of a step.

    Not from an image, whose few inputs would cost more to scale than its outputs save.
    """
    op, first = stage.anchor.op, stage.tail[0].op
    if not by_fours(stage, made.shape[-1]) or reads_rgb(stage, variant, made.shape[-1]):
        return False
    assert isinstance(op, Conv2d) and isinstance(first, Requantize)
    return op.fmt.name == "int8" and variant != "s8" and first.parts(made) is not None


def has_constants_by_channel(stage: Stage, calls: Mapping[str, Call]) -> bool:
    """Whether a pass over a block of channels must know which."""
    by_channel = any(node.op.locality == "channel" and calls[node.name].constants for node in stage.tail)
    return by_channel or isinstance(stage.anchor.op, Conv2d)


@dataclass(frozen=True)
class PixelWriter:
    """Writes what a stage does with a pixel it has made.

    slots: rows of the source that are in memory.  types: as one pass sees them.  blocks: passes, if the stream
    runs by blocks of channels, else 0.  pixel: elements from one pixel of the result to the next.
    """

    stage: Stage
    slots: int
    types: Types
    blocks: int
    pixel: int
    calls: Mapping[str, Call]
    symbols: Symbols

    @property
    def source(self) -> TensorType:
        return self.types[self.stage.source]

    @property
    def made(self) -> TensorType:
        """The map before the pool."""
        return self.types[self.stage.before_pool]

    @property
    def result(self) -> TensorType:
        return self.types[self.stage.result]

    @property
    def read(self) -> TensorType:
        """The source as it is read: by lines as unsigned bytes, if none is negative; so one kernel does for both."""
        op, source = self.stage.anchor.op, self.source
        if self.stage.lines and isinstance(op, Conv2d) and dense_variant(op.padded(source)) == "u7":
            return replace(source, dtype="uint8")
        return source

    @property
    def x(self) -> str:
        return "x" if self.read.dtype == self.source.dtype else f"(const {C_TYPES[self.read.dtype]} *)x"

    @property
    def variant(self) -> str:
        return INPUT_VARIANT[self.read.dtype]

    def _result_at(self, column: str, channel: str) -> str:
        """Where a value of the result lies in its row."""
        beside = self.result.shape[1] if self.stage.planar else 1
        each = f"({channel})" if beside > 1 and " " in channel else channel
        channels = "" if channel in ("", "0u") else times(each, beside)
        return further(further("y", times(column, self.pixel)), channels)

    def _targets(self, channel: str) -> tuple[str, str]:
        """Where accumulators go, and where finished values do."""
        waits = self.stage.pool or spreads(self.stage, self.types)
        target = "pixel" if waits else self._result_at("column", channel)
        has_acc = any(part.name == "acc" for part in parts(self.stage, self.types))
        return ("acc" if has_acc else target), target

    def _tail(self, line: str, at: str, channel: str, channels: int, acc: str, target: str) -> list[Statement]:
        """What happens to one finished pixel, or to a block of its channels."""
        value = acc if self.types[self.stage.anchor.name].dtype == "int32" else target
        return [*self._steps(0, line, at, channel, channels, value, target), *self._merge(channel, channels)]

    def _steps(
        self, done: int, line: str, at: str, channel: str, channels: int, value: str, target: str
    ) -> list[Statement]:
        """The tail but for the first `done` nodes, from `value` on."""
        statements: list[Statement] = []
        previous, operands = (self.stage.anchor, *self.stage.tail)[done].name, 0
        for node in self.stage.tail[done:]:
            values = {"y": target}
            pixels = []
            for position, name in enumerate(node.inputs):
                key = f"x{position}" if position else "x"
                kind = self.types[name]
                pixels.append(TensorType((channels,), kind.dtype, kind.lo, kind.hi))
                if name == previous:
                    values[key] = value
                    continue
                operands += 1
                width, depth = self.made.shape[1], kind.stored_channels
                index = at if self.made.shape[0] == 1 else f"({line} * {width}u + {at})"
                values[key] = further(further(f"x{operands}", times(index, depth)), channel)
            call = tail_call(self.stage, self.calls[self.stage.anchor.name].variant, node, *pixels)
            offsets = {key: self._channel_offset(node.name, key, channel) for key in call.constants}
            if node.op.locality != "channel":
                offsets = {}
            statements.append(self.symbols.statement(node.name, call, call.args, values, offsets))
            value, previous = target, node.name
        return statements

    def _merge(self, channel: str, channels: int, x: str = "pixel") -> list[Statement]:
        """Finished values into the result of the pool, if there is one."""
        if self.stage.pool is None:
            return []
        y = self._result_at("column", channel)
        call = self.stage.pool.op.call(TensorType((channels,), self.made.dtype, 0, 0))
        return [self.symbols.statement(self.stage.pool.name, call, call.args, {"x": x, "y": y}, {})]

    def _spread(self, at: str, x: str = "pixel") -> list[Statement]:
        """A finished pixel into a planar row, where it is not stored so at once."""
        if not spreads(self.stage, self.types):
            return []
        _, columns, channels = self.result.shape
        return [self.symbols.kernel("spread", "", x, self._result_at(at, ""), columns, channels)]

    def _pooled(self) -> tuple[str, int]:
        """The first column that the pool's window covers, and how many."""
        assert self.stage.pool is not None and isinstance(self.stage.pool.op, MaxPool)
        window = self.stage.pool.op.window
        return f"column * {window.stride[1]}u", window.kernel[1]

    def _channel_offset(self, node: str, key: str, channel: str) -> str:
        """Constants by channel may have several numbers for each."""
        numbers = self.symbols.elements(node, key) // (self.blocks or 1)
        each = (
            ""
            if channel == "0u"
            else times(channel if channel == "k" else f"({channel})", numbers // self.made.shape[2])
        )
        return " + ".join(part for part in (times("block", numbers) if self.blocks else "", each) if part)
