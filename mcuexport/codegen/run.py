"""The body of the run function: every unit of the schedule, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from ..arena import Plan
from ..graph import INPUT, Graph
from ..memory import MAP, ROWS, WORK, has_no_rows, row_bytes, work_bytes
from ..names import c_comment
from ..ops import DTYPE_BYTES, Call, pixel
from ..schedule import Stage, Stream, Types, Unit, Whole
from .constants import C_TYPES
from .pixels import has_constants_by_channel
from .rows import RowFunction, RowWriter
from .statements import Statement, block, count, lines
from .symbols import Symbols, further, pointer


@dataclass(frozen=True)
class Step:
    """Some lines of the run function; result, index: the node that now exists whole, and its C name."""

    lines: tuple[str, ...]
    layer: str
    index: int
    result: str
    bytes: int


@dataclass(frozen=True)
class RunWriter:
    """Writes the body, the row functions that it calls, and the pointers into the scratch."""

    graph: Graph
    units: Sequence[Unit]
    plan: Plan
    calls: Mapping[str, Call]
    symbols: Symbols

    def functions(self) -> list[RowFunction]:
        return [
            self._writer(unit, i).function()
            for unit in self.units
            if isinstance(unit, Stream)
            for i in range(len(unit.stages))
        ]

    def pointers(self) -> list[str]:
        """Declarations, one per buffer that holds a result."""
        return [
            self._declare(node.name, suffix)
            for node in self.graph.nodes
            for suffix in (MAP, ROWS)
            if node.name + suffix in self.plan.offsets
        ]

    def steps(self) -> list[Step]:
        index = {node.name: i for i, node in enumerate(self.graph.nodes)}
        return [
            Step(
                lines=tuple(lines(self._unit(unit), 1)),
                layer=c_comment(", ".join(dict.fromkeys(node.layer for node in unit.nodes))),
                index=index[unit.result],
                result=self._value(unit.result),
                bytes=self.graph.types[unit.result].bytes,
            )
            for unit in self.units
        ]

    def _declare(self, node: str, suffix: str) -> str:
        c_type = C_TYPES[self.graph.types[node].dtype]
        address = pointer(c_type, "memory", self.plan.offsets[node + suffix])
        return f"{c_type} *const {self._local(node, suffix)} = {address};"

    def _local(self, node: str, suffix: str) -> str:
        return self.symbols.local(node) + ("_out" if suffix == MAP else "_rows")

    def _value(self, node: str) -> str:
        """The pointer to a whole result."""
        special = {INPUT: "input", self.graph.output: "output"}
        return special.get(node) or self._local(node, MAP)

    def _unit(self, unit: Unit) -> list[Statement]:
        if isinstance(unit, Whole):
            return self._whole(unit)
        if len(unit.stages) == 1:
            return self._one_stage(unit)
        return [self._stream(unit)]

    def _whole(self, unit: Whole) -> list[Statement]:
        node = unit.node
        types = [self.graph.types[name] for name in node.inputs]
        x = [self._value(name) for name in node.inputs]
        y = self._value(node.name)
        pixels = types[0].size // types[0].shape[-1]
        if node.op.locality != "channel" or pixels == 1:
            return self._calls(unit, self.calls[node.name], x, y)
        stored = [kind.stored_channels for kind in (*types, self.graph.types[node.name])]
        at = [f"{pointer} + pixel * {count}u" for pointer, count in zip((*x, y), stored, strict=True)]
        return [count("pixel", pixels, self._calls(unit, node.op.call(*map(pixel, types)), at[:-1], at[-1]))]

    def _calls(self, unit: Whole, call: Call, x: list[str], y: str) -> list[Statement]:
        values = {"x": x[0], "y": y} | {f"x{i}": pointer for i, pointer in enumerate(x) if i}
        node = unit.node.name
        return [self.symbols.statement(node, call, args, values, {}) for args in (call.args, *call.again)]

    def _types(self, unit: Stream) -> Types:
        """As one pass sees them; where that does not matter, whole maps as one row."""
        types, (first, *others) = unit.within(self.graph.types), unit.stages
        if others or unit.block or not has_no_rows(first) or unit.result + MAP in self.plan.backwards:
            return types
        names = (*unit.reads, *(node.name for node in first.nodes))
        flat = {name: (1, prod(types[name].shape[:2]), types[name].shape[2]) for name in names}
        return {**types, **{name: replace(types[name], shape=shape) for name, shape in flat.items()}}

    def _writer(self, unit: Stream, stage: int) -> RowWriter:
        types = self._types(unit)
        made = unit.stages[stage]
        slots = unit.slots(stage - 1, types) if stage else types[made.source].shape[0]
        pixel = (self.graph.types if made.result == unit.result else types)[made.result].stored_channels
        return RowWriter(
            made,
            slots,
            types,
            unit.blocks(self.graph.types),
            1 if made.planar else pixel,
            self.calls,
            self.symbols,
        )

    def _row_call(self, unit: Stream, stage: int, row: str, y: str) -> str:
        made = unit.stages[stage]
        source = self._value(made.source) if stage == 0 else self._local(made.source, ROWS)
        block_index = ["block"] if unit.block and has_constants_by_channel(made, self.calls) else []
        arguments = [source, *map(self._value, made.operands), *block_index, *([] if made.planes else [row]), y]
        if work_bytes(made, self._types(unit)):
            arguments.append(further("memory", str(self.plan.offsets[unit.result + WORK])))
        return f"{self.symbols.row_function(made.anchor.name)}({', '.join(arguments)});"

    def _row_size(self, name: str, types: Types) -> int:
        """Elements in a row of a result."""
        return row_bytes(name, types) // DTYPE_BYTES[types[name].dtype]

    def _one_stage(self, unit: Stream) -> list[Statement]:
        y, height = self._value(unit.result), self._types(unit)[unit.result].shape[0]
        if height == 1 or unit.stages[0].planes:
            return [self._row_call(unit, 0, "0u", y)]
        call = self._row_call(unit, 0, "row", f"{y} + row * {self._row_size(unit.result, self.graph.types)}u")
        if unit.result + MAP in self.plan.backwards:
            return [block(f"for (uint32_t row = {height}u; row-- > 0u;)", [call])]
        return [count("row", height, [call])]

    def _stream(self, unit: Stream) -> Statement:
        """Each turn makes one row: of the last stage that has what it needs."""
        self.symbols.used.add("mcx_window")
        types, last = self.graph.types, len(unit.stages) - 1
        made = [f"{self.symbols.local(stage.anchor.name)}_made" for stage in unit.stages]
        choices: list[Statement] = []
        for stage in range(last, -1, -1):
            condition = f"if ({made[stage - 1]} >= {self._needed(unit.stages[stage], made[stage])})" if stage else ""
            header = " ".join(word for word in ("else" if choices else "", condition) if word)
            choices.append(block(header, self._make_row(unit, stage, made[stage])))
        rows = types[unit.result].shape[0]
        declared = f"uint32_t {', '.join(f'{name} = 0u' for name in made)};"
        body: list[Statement] = [declared, "", block(f"while ({made[last]} < {rows}u)", choices)]
        return count("block", unit.blocks(types), body) if unit.block else block("", body)

    def _needed(self, stage: Stage, row: str) -> str:
        height = self.graph.types[stage.source].shape[0]
        args = (row, f"{stage.row_stride}u", f"{stage.row_extent}u", f"{stage.window.padding[0]}u", f"{height}u")
        return f"mcx_rows_needed({', '.join(args)})"

    def _make_row(self, unit: Stream, stage: int, row: str) -> list[Statement]:
        result, types = unit.stages[stage].result, self.graph.types
        if stage == len(unit.stages) - 1:
            y = f"{self._value(result)} + {row} * {self._row_size(result, types)}u"
            wide = types[result].shape[1] if unit.stages[stage].planar else 1
            y += f" + block * {unit.block * wide}u" if unit.block else ""
        else:
            slot = f"mcx_slot({row}, {unit.slots(stage, types)}u)"
            y = f"{self._local(result, ROWS)} + {slot} * {self._row_size(result, unit.within(types))}u"
        return [self._row_call(unit, stage, row, y), f"{row}++;"]
