"""`--optimize`: which kernel each layer gets.  `pack`, `verify` and `bench` choose alike: they mean the same C."""

from typing import TYPE_CHECKING

import click

from .show import print_table, size

if TYPE_CHECKING:
    from ..choice import Choice
    from ..graph import Graph
    from ..kernels import Kernel
    from ..ops import IntArray
    from ..targets import Board, Core

MEANINGS = {"balanced": "the least flash x cycles", "size": "the least flash", "speed": "the fewest cycles"}

optimize_option = click.option(
    "--optimize",
    "goal",
    type=click.Choice(list(MEANINGS)),
    help="Choose each layer's kernel for this; balanced, where the core can be counted, if not given.",
)


def choice_for(
    graph: "Graph", core: "Core", examples: "IntArray", goal: str | None, board: "Board | None" = None
) -> "Choice | None":
    """The choice for the checkpoint's examples; what was asked for, or else what can be had.

    board: of that core; only what fits it is chosen.
    """
    from ..choice import choose, default_choice
    from ..fitting import choice_for_board

    if board is not None:
        return choice_for_board(graph, board, examples, goal)
    return default_choice(graph, core, examples) if goal is None else choose(graph, core, examples, goal)


def kernels_for(
    graph: "Graph", core: "Core", examples: "IntArray", goal: str | None, board: "Board | None" = None
) -> "dict[str, Kernel] | None":
    """The chosen kernels, for `generate`; None: the usual ones."""
    choice = choice_for(graph, core, examples, goal, board)
    return None if choice is None else choice.kernels


def print_choice(choice: "Choice", core: "Core", goal: str | None) -> None:
    """Every candidate of every step, and what they make together."""
    rows = [
        (
            step.layers,
            candidate.kind,
            ", ".join(dict.fromkeys(kernel.family for _, kernel in candidate.kernels)),
            f"{candidate.bytes:,}",
            f"{candidate.cycles:,}",
            "chosen" if candidate is chosen else "",
        )
        for step, chosen in zip(choice.steps, choice.chosen, strict=True)
        for candidate in step.candidates
    ]
    goal = goal or "balanced"
    columns = ("layers", "kernel", "family", "weight bytes", "cycles", goal)
    print_table(f"Kernels for {core.name}", columns, rows)
    click.echo(
        f"{goal}, {MEANINGS[goal]}: {size(choice.flash_bytes)} of flash (-Os), {choice.cycles:,} cycles (-O2), "
        f"{size(choice.stack_bytes)} of stack{'; depthwise layers row by row' if choice.rows else ''}\n"
    )


def choice_as_data(choice: "Choice") -> dict[str, object]:
    """For JSON."""
    return {
        "flash_bytes": choice.flash_bytes,
        "cycles": choice.cycles,
        "stack_bytes": choice.stack_bytes,
        "rows": choice.rows,
        "steps": [
            {
                "layers": step.layers,
                "chosen": chosen.kind,
                "candidates": [{"kind": c.kind, "bytes": c.bytes, "cycles": c.cycles} for c in step.candidates],
            }
            for step, chosen in zip(choice.steps, choice.chosen, strict=True)
        ],
    }
