"""16 KB of flash and 2 KB of RAM: what a CH32V003 holds, and which kernels are chosen so that it does."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from networks import checkpoint_of
from torch import nn

from mcuexport.checkpoint import to_real
from mcuexport.choice import Choice
from mcuexport.cli import main
from mcuexport.codegen import generate
from mcuexport.emulate import Footprint, build_board, footprint
from mcuexport.errors import DoesNotFit
from mcuexport.fitting import SENDING_STACK, choice_for_board
from mcuexport.graph import Graph, Input, Node
from mcuexport.lower import lower
from mcuexport.onboard import verify_on_board
from mcuexport.ops import Dense, IntArray, TensorType
from mcuexport.output import write_generated
from mcuexport.pack import FORMATS
from mcuexport.targets import Board, Region, board
from mcuexport.train.layers import QuantConv2d, QuantLinear
from mcuexport.train.loop import build_model
from mcuexport.train.recipe_files import load_recipe
from mcuexport.wire import connected, emulated

CH32V003 = board("ch32v003")
SOURCE = Input(TensorType((16, 16, 1), "uint8", 0, 255), 1 / 256, 0)
MNIST = SimpleNamespace(inputs=256, labels=tuple("0123456789"), shape=(16, 16, 1))
RANDOM = np.random.default_rng(1)
# As many zeros as MNIST has.
IMAGES = (RANDOM.integers(1, 256, (64, 16, 16, 1)) * (RANDOM.random((64, 16, 16, 1)) < 0.33)).astype(np.uint8)
EXAMPLES = IMAGES[:2]


@dataclass(frozen=True)
class Small:
    """A network of a recipe's shape, and the choice of its kernels for the CH32V003."""

    graph: Graph
    examples: IntArray
    choice: Choice

    def sources(self) -> dict[str, str]:
        return generate(self.graph, CH32V003.core, "net", self.examples, kernels=self.choice.kernels).sources


def like_trained(recipe: str) -> nn.Module:
    """Untrained, but with weights that are spread as trained ones are: many small, few large."""
    model = build_model(load_recipe(recipe), MNIST)  # type: ignore[arg-type]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(3)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.weight.normal_(0.5, 0.1)
                module.bias.normal_()
            if isinstance(module, QuantLinear | QuantConv2d):
                module.weight.copy_(0.01 * torch.randn_like(module.weight) ** 3)
        model.train()
        for _ in range(2):
            model(to_real(IMAGES, SOURCE).float())
    return model.eval()


def chosen(graph: Graph, target: Board, goal: str | None) -> Small:
    x = EXAMPLES.reshape(2, *graph.input.type.shape)
    choice = choice_for_board(graph, target, x, goal)
    assert choice is not None
    return Small(graph, x, choice)


def small(folder: pytest.TempPathFactory, recipe: str, goal: str) -> Small:
    graph = lower(checkpoint_of(like_trained(recipe), SOURCE, folder.mktemp("small") / f"{recipe}.pt"))
    return chosen(graph, CH32V003, goal)


@pytest.fixture(scope="module")
def sym4(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small(tmp_path_factory, "mnist-12k-sym4", "balanced")


@pytest.fixture(scope="module")
def cnn(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small(tmp_path_factory, "mnist-cnn", "size")


@pytest.fixture(scope="module")
def sym2() -> Small:
    dense = Dense(RANDOM.integers(0, 4, (8, 256)).astype(np.uint8), np.zeros(8, np.int64), FORMATS["sym2"])
    source = Input(TensorType((256,), "uint8", 0, 255), 1.0, 0)
    return chosen(Graph("sym2", source, (Node("fc", dense, ("input",), "fc"),)), CH32V003, "speed")


def ram_with_stack(needs: Footprint, member: Small, target: Board) -> int:
    """By the linker, and by the stack painted in a run from reset."""
    with emulated(target, build_board(member.sources(), "net", target)) as url, connected(url) as device:
        told = verify_on_board(member.graph, target, device, IMAGES[:10])
    assert told.outputs == 100
    return needs.ram_bytes + told.stack_bytes + SENDING_STACK


@pytest.mark.parametrize(
    ("name", "kind", "flash_bytes", "ram_bytes", "cycles"),
    [("sym4", "nonzero", 15_830, 1_440, 132_000), ("cnn", "portable", 11_590, 2_030, 14_100_000)],
)
def test_the_mnist_networks_fit_with_start_up_stack_and_uart(
    request: pytest.FixtureRequest, name: str, kind: str, flash_bytes: int, ram_bytes: int, cycles: int
) -> None:
    """Real numbers of Debian's gcc 12.2, with a few bytes of grace: who spends more, sees it here."""
    member: Small = request.getfixturevalue(name)
    assert {candidate.kind for candidate in member.choice.chosen} == {kind}
    assert member.choice.cycles < cycles
    needs = footprint(build_board(member.sources(), "net", CH32V003))
    assert needs.flash_bytes <= flash_bytes < CH32V003.code.size_bytes
    assert ram_with_stack(needs, member, board("qemu-rv32ec")) <= ram_bytes < CH32V003.data.size_bytes


def with_memories(flash_bytes: int = 16_384, ram_bytes: int = 2048) -> Board:
    code, data = CH32V003.code, CH32V003.data
    return replace(CH32V003, code=Region(code.origin, flash_bytes), data=Region(data.origin, ram_bytes))


def test_the_choice_is_the_best_that_fits(sym2: Small) -> None:
    """A byte less of flash or of RAM than the fastest kernels take, and others are chosen."""
    needs = footprint(build_board(sym2.sources(), "net", CH32V003))
    stack_bytes = sym2.choice.stack_bytes + SENDING_STACK
    for target in (with_memories(needs.flash_bytes - 1), with_memories(ram_bytes=needs.ram_bytes + stack_bytes - 1)):
        other = chosen(sym2.graph, target, "speed")
        assert other.choice.cycles > sym2.choice.cycles
        smaller = footprint(build_board(other.sources(), "net", target))
        assert smaller.fits(target)
        assert smaller.ram_bytes + other.choice.stack_bytes + SENDING_STACK <= target.data.size_bytes


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (with_memories(2_000), r"^net: takes 2,\d{3} B of flash with the program around it, ch32v003 has 2,000 B; "),
        (with_memories(ram_bytes=600), r"^net: takes \d{3} B of RAM with the program around it, ch32v003 has 600 B; "),
    ],
)
def test_what_fits_with_no_kernels_is_refused_with_both_numbers(sym2: Small, target: Board, sentence: str) -> None:
    with pytest.raises(DoesNotFit, match=sentence):
        chosen(sym2.graph, target, None)


def test_a_stack_that_no_choice_has_room_for_is_refused(sym2: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = footprint(build_board(sym2.sources(), "net", CH32V003))
    monkeypatch.setattr("mcuexport.fitting.SENDING_STACK", 300)
    sentence = (
        r"^sym2: its smallest kernels want \d{3} B of stack, which ch32v003 has not beside the variables in "
        rf"{needs.ram_bytes + 300} B of RAM; use smaller maps$"
    )
    with pytest.raises(DoesNotFit, match=sentence):
        chosen(sym2.graph, with_memories(ram_bytes=needs.ram_bytes + 300), "size")


def test_flash_says_that_other_kernels_may_fit(sym4: Small, tmp_path: Path) -> None:
    usual = generate(sym4.graph, CH32V003.core, "net", EXAMPLES)
    write_generated(tmp_path / "net", usual)
    told = CliRunner().invoke(main, ["flash", str(tmp_path / "net"), "--board", "ch32v003", "--dry-run"])
    assert told.exit_code == 1
    assert re.fullmatch(
        r"error: net: takes 16,\d{3} B of flash with the program around it, ch32v003 has 16,384 B; the largest part is "
        r"net_\w+_weights, 8,192 B: use fewer bits or a smaller layer, or let `mcuexport pack --board ch32v003` choose "
        r"the kernels\n",
        told.stderr,
    )


def test_pack_and_flash_and_verify_mean_the_same_board(tiny_checkpoint: Path, tmp_path: Path) -> None:
    def call(*words: object) -> str:
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == 0, result.output
        return result.stdout

    folder = f"{tmp_path}/net"
    assert "Kernels for rv32ec" in call("pack", tiny_checkpoint, "-o", folder, "--board", "ch32v003")
    assert "minichlink" in call("flash", folder, "--board", "ch32v003", "--dry-run", "--tool", "minichlink")
    told = call("verify", tiny_checkpoint, "--board", "qemu-rv32ec", "--port", "qemu", "--samples", "3")
    assert told.startswith("qemu-rv32ec    0 of 30 outputs differ (3 samples, every layer, stack ")


def test_a_board_and_a_core_are_one_too_many(tiny_checkpoint: Path, tmp_path: Path) -> None:
    words = ["pack", str(tiny_checkpoint), "-o", f"{tmp_path}/x", "--board", "pico", "--core", "cortex-m4"]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, "a board has a core; name one of the two" in result.stderr) == (2, True)
