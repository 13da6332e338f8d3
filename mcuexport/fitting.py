"""Which kernels a board has room for: the best choice whose firmware fits flash, variables and stack."""

from collections.abc import Mapping
from functools import partial

from .choice import Choice, choose, default_choice
from .codegen import generate
from .emulate import board_footprint, build_board
from .errors import DoesNotFit
from .graph import Graph
from .ops import IntArray
from .targets import Board

# Of the firmware below its call of the model: its own frame and what it needs to send a layer's figures.
SENDING_STACK = 128


def choice_for_board(graph: Graph, board: Board, x: IntArray, goal: str | None) -> Choice | None:
    """As `choose`, or `default_choice` if no goal is given, among what fits the board.

    x: the checkpoint's example inputs.  Raises DoesNotFit, with the numbers of the smallest choice, if nothing does.
    """
    fits = partial(_fits, graph, board, x)
    try:
        if goal is None:
            return default_choice(graph, board.core, x, fits)
        return choose(graph, board.core, x, goal, fits)
    except DoesNotFit:
        smallest = choose(graph, board.core, x, "size")
        build_board(_sources(graph, board, x, smallest), "net", board)  # tells what is too large
        taken, there = smallest.stack_bytes + SENDING_STACK, board.data.size_bytes
        raise DoesNotFit(
            f"{graph.name}: its smallest kernels want {taken:,} B of stack, which {board.name} has not beside the "
            f"variables in {there:,} B of RAM; use smaller maps"
        ) from None


def _fits(graph: Graph, board: Board, x: IntArray, choice: Choice) -> bool:
    needs = board_footprint(_sources(graph, board, x, choice), "net", board)
    left = board.data.size_bytes - needs.ram_bytes
    return needs.fits(board) and left >= choice.stack_bytes + SENDING_STACK


def _sources(graph: Graph, board: Board, x: IntArray, choice: Choice) -> Mapping[str, str]:
    return generate(graph, board.core, "net", x, kernels=choice.kernels).sources
