"""`mcuexport bitstream`."""

from pathlib import Path

import click

from .show import data_option, json_option, percent, print_json, print_table

LENGTHS = (32, 64, 128, 256, 512, 1024, 2048, 4096)
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2)


@click.command("bitstream")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the two pictures.")
@click.option("--length", default=1024, show_default=True, help="Bits of a stream where bits are flipped.")
@click.option(
    "--samples", default=500, show_default=True, type=click.IntRange(1), help="Test samples with flipped bits."
)
@data_option
@json_option
def command(checkpoint_path: Path, out: Path, length: int, samples: int, data: str | None, as_json: bool) -> None:
    """Writes MODEL-length.svg (all test samples) and MODEL-flips.svg, and prints their figures.

    Bits are flipped in all that layers with weights read: the streams of weights and activations, or the bytes of
    the 8-bit network's.
    """
    from ..checkpoint import load
    from ..evaluate import evaluate_bitstream, test_set
    from ..lower import lower
    from ..lower.bitstream import lower_bitstream
    from ..plots import draw
    from ..soft_errors import sweep

    checkpoint = load(checkpoint_path)
    integers, streams = lower(checkpoint), lower_bitstream(checkpoint, length)
    x, y = test_set(checkpoint, data)
    found = [
        evaluate_bitstream(checkpoint, integers, lower_bitstream(checkpoint, bits), bits, x, y) for bits in LENGTHS
    ]
    flips = sweep(streams, integers, RATES, x[:samples], y[:samples])

    out.mkdir(parents=True, exist_ok=True)
    name = checkpoint_path.stem
    draw(
        out / f"{name}-length.svg",
        {"bitstream": [(e.length, e.bitstream_accuracy) for e in found]},
        dashed={"8-bit integers": found[0].integer_accuracy},
        title=f"{checkpoint.name}: what stream length buys",
        x_label="bits of a stream",
        base=2,
    )
    draw(
        out / f"{name}-flips.svg",
        {
            f"bitstream, {length} bits": [(f.rate, f.bitstream_accuracy) for f in flips],
            "8-bit integers": [(f.rate, f.integer_accuracy) for f in flips],
        },
        title=f"{checkpoint.name}: soft errors",
        x_label="probability that a bit is flipped",
        base=10,
    )
    if as_json:
        print_json({"lengths": found, "flips": flips})
        return
    by_length = [(e.length, percent(e.bitstream_accuracy), f"{e.differing} of {e.samples}") for e in found]
    title = f"{checkpoint.name}: 8 bits {percent(found[0].integer_accuracy)}, float {percent(found[0].float_accuracy)}"
    print_table(title, ("stream length", "accuracy", "differ from 8 bits"), by_length)
    by_rate = [(f"{f.rate:g}", percent(f.bitstream_accuracy), percent(f.integer_accuracy)) for f in flips]
    click.echo()
    print_table(f"Flipped bits, {min(samples, len(x))} samples", ("rate", f"{length}-bit streams", "8 bits"), by_rate)
