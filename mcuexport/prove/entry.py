"""The C that Eva starts from: it includes the generated files unchanged and calls them with any input."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..codegen import Generated
from ..graph import Graph
from ..ops import Concat, Conv2d, MaxPool, Table, TensorType
from ..schedule import Stream, by_lines
from .eva import END, Range

PIECE_MACS, FEWEST_ROWS = 8192, 16
C_TYPES = {"uint8": "uint8_t", "int8": "int8_t", "int32": "int32_t"}


@dataclass(frozen=True)
class DenseCall:
    """A node whose products a dense kernel makes.

    line: of the call in the model's C.  x: the type of a patch and its planned range.  inputs, outputs: of one call.
    groups: calls, for as many groups or blocks.  weights, bias: arrays (no bias: None); the rows of all groups lie
    one behind the other, `words` of weights each.
    """

    node: str
    line: int
    function: str
    x: TensorType
    inputs: int
    outputs: int
    groups: int
    weights: str
    words: int
    bias: str | None

    @property
    def mark(self) -> str:
        return f"dense_{self.node}"


@dataclass(frozen=True)
class Rows:
    """Some outputs of a dense kernel, proven by themselves.  first: among those of all groups."""

    call: DenseCall
    first: int
    count: int

    @property
    def mark(self) -> str:
        return f"{self.call.mark}_from_{self.first}"


def whole_entry(graph: Graph, generated: Generated) -> str:
    """Calls `<name>_predict` with any input; each result that exists whole is shown as `after_<index>`."""
    return "\n".join([*_hooks(graph, generated), *_include(generated), *_main(_predict(generated))])


def dense_calls(graph: Graph, generated: Generated) -> list[DenseCall]:
    """The calls of dense kernels, in the order of the graph."""
    found, any_value = [], unbounded(graph)
    blocks = {node.name: unit.blocks(graph.types) for unit in _streams(generated) for node in unit.nodes}
    lines = generated.sources[f"{generated.name}.c"].splitlines()
    for node in graph.nodes:
        x = graph.types[node.inputs[0]]
        call = node.op.call(*(graph.types[name] for name in node.inputs))
        runs = 1
        if isinstance(node.op, Conv2d):
            runs = node.op.groups * max(1, blocks[node.name])
            call = node.op.call(x, max(1, blocks[node.name]))
        if not call.kernel.startswith("dense_") or by_lines(graph, node):
            continue
        names = {c.key: c for c in generated.constants if c.node == node.name}
        function = f"mcx_{call.kernel}_{call.variant}"
        text = re.compile(rf"\b{function}\({names['weights'].name}\b")
        (line,) = [number for number, content in enumerate(lines, 1) if text.search(content)]
        if isinstance(node.op, Conv2d):
            x = node.op.padded(x)
        if node.inputs[0] in any_value:
            limits = {"int8": (-128, 127), "uint8": (0, 255)}[x.dtype]
            x = TensorType(x.shape, x.dtype, *limits)
        weights, bias = names["weights"], names.get("bias")
        inputs, outputs = (arg for arg in call.args if isinstance(arg, int))
        words = weights.values.size // (runs * outputs)
        biased = None if bias is None else bias.name
        found.append(DenseCall(node.name, line, function, x, inputs, outputs, runs, weights.name, words, biased))
    return found


def rows_of(calls: Iterable[DenseCall]) -> list[Rows]:
    """Every output of every call, in pieces of a few seconds."""
    found = []
    for call in calls:
        most = max(FEWEST_ROWS, PIECE_MACS // call.inputs)
        for group in range(call.groups):
            for start in range(0, call.outputs, most):
                found.append(Rows(call, group * call.outputs + start, min(most, call.outputs - start)))
    return found


def _streams(generated: Generated) -> list[Stream]:
    return [unit for unit in generated.units if isinstance(unit, Stream)]


def unbounded(graph: Graph) -> set[str]:
    """Results of which Eva knows no closer range than the type's.

    Of a table it takes every entry, as if the index had both signs.
    """
    found: set[str] = set()
    for node in graph.nodes:
        passed_on = isinstance(node.op, MaxPool | Concat) and not found.isdisjoint(node.inputs)
        if passed_on or isinstance(node.op, Table):
            found.add(node.name)
    return found


def dependent(graph: Graph) -> set[str]:
    """Results that depend on an unbounded one, so that their ranges can be wider than planned."""
    found = unbounded(graph)
    for node in graph.nodes:
        if not found.isdisjoint(node.inputs):
            found.add(node.name)
    return found


def dense_entry(generated: Generated, pieces: Iterable[Rows]) -> str:
    """Dense kernels by themselves, with some rows of a layer's weights and any patch in its range.

    Every accumulator is shown.  So that the rows of one call can be proven apart, it is shown that a row's sum leaves
    the weights' pointer at the next row.
    """
    body = []
    for rows in pieces:
        call = rows.call
        weights = f"{call.weights} + {rows.first * call.words}"
        bias = "NULL" if call.bias is None else f"{call.bias} + {rows.first}"
        body += [
            f"{{ {C_TYPES[call.x.dtype]} x[{call.inputs}]; int32_t acc[{rows.count}];",
            f"for (int i = 0; i < {call.inputs}; i++) x[i] = Frama_C_interval({call.x.lo}, {call.x.hi});",
            f"MCX_CONST uint32_t *next = {weights};",
            f"{_dot(call.function)}(&next, x, {call.inputs});",
            f"const int32_t words = (int32_t)(next - ({weights}));",
            f"//@ assert words == {call.words};",
            f"{call.function}({weights}, {bias}, x, {call.inputs}, acc, {rows.count});",
            f"for (int o = 0; o < {rows.count}; o++) Frama_C_show_each_{rows.mark}(acc[o]);",
            "}",
        ]
    return "\n".join([*_include(generated), *_main(body)])


def _dot(function: str) -> str:
    """The sum of one row; for plain C inputs of 0 .. 127 are like any int8."""
    return re.sub("_u7$", "_s8", function.replace("mcx_dense_", "mcx_dot_"))


def layers_entry(
    graph: Graph, generated: Generated, calls: Iterable[DenseCall], ranges: Mapping[str, list[Range]]
) -> str:
    """As `whole_entry`, with the proven ranges of accumulators in place of each dense kernel's loops.

    At each call it is shown that the patch has the range which they were proven for, and is there and written.
    """
    calls = list(calls)
    text = _hooks(graph, generated)
    kernels = {c.function: c.function.removeprefix("mcx_").rpartition("_")[0] for c in calls}
    text += [f'#include "mcx_{kernel}.h"' for kernel in dict.fromkeys(kernels.values())]
    for call in calls:
        text += _stand_in(call, ranges[call.mark])
    text += [
        "#define DENSE_OF(line, x, acc) dense_of_line_##line(x, acc)",
        "#define DENSE(line, x, acc) DENSE_OF(line, x, acc)",
    ]
    text += [
        f"#define {function}(weights, bias, x, inputs, acc, outputs) DENSE(__LINE__, x, acc)" for function in kernels
    ]
    return "\n".join([*text, *_include(generated), *_main(_predict(generated))])


def _stand_in(call: DenseCall, ranges: list[Range]) -> list[str]:
    """Any accumulators in the ranges that were proven, for each output those of all groups."""
    groups = [ranges[start : start + call.outputs] for start in range(0, len(ranges), call.outputs)]
    lines = [f"static void dense_of_line_{call.line}(const {C_TYPES[call.x.dtype]} *x, int32_t *acc) {{"]
    lines.append(f"const int32_t value = x[Frama_C_interval(0, {call.inputs - 1})];")
    lines.append(f"//@ assert {call.x.lo} <= value <= {call.x.hi};")
    for output, found in enumerate(zip(*groups, strict=True)):
        low, high = min(lo for lo, _ in found), max(hi for _, hi in found)
        lines.append(f"acc[{output}] = Frama_C_interval({low}, {high});")
    return [*lines, "}"]


def _hooks(graph: Graph, generated: Generated) -> list[str]:
    """`<NAME>_AFTER` shows the values of a result, any of its elements."""
    lines = ['#include "__fc_builtin.h"', "#include <stdint.h>"]
    for unit, index in zip(generated.units, generated.whole, strict=True):
        result = graph.types[unit.result]
        element = f"((const {C_TYPES[result.dtype]} *)(const void *)(result))[Frama_C_interval(0, {result.size - 1})]"
        lines.append(f"#define AFTER_{index}(result) Frama_C_show_each_after_{index}({element})")
    return [*lines, f"#define {generated.name.upper()}_AFTER(index, result, bytes) AFTER_##index(result)"]


def _include(generated: Generated) -> list[str]:
    return ['#include "__fc_builtin.h"', f'#include "{generated.name}.c"']


def _predict(generated: Generated) -> list[str]:
    prefix = generated.name.upper()
    return [
        f"{prefix}_INPUT_T input[{prefix}_INPUT_SIZE];",
        f"uint32_t scratch[{max(1, (generated.plan.scratch_bytes + 3) // 4)}];",
        "Frama_C_make_unknown((char *)input, sizeof input);",
        f"{generated.name}_predict(input, scratch);",
    ]


def _main(body: Iterable[str]) -> list[str]:
    return ["int main(void) {", *body, f"Frama_C_show_each_{END}(0);", "return 0; }", ""]
