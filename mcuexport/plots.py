"""Pictures of figures: the only user of matplotlib, which is an extra (`mcuexport[plots]`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import ToolMissing

Points = Sequence[tuple[float, float]]


def draw(
    path: Path,
    lines: Mapping[str, Points],
    *,
    title: str,
    x_label: str,
    base: int,
    dashed: Mapping[str, float] | None = None,
    y_label: str = "test accuracy, %",
    factor: float = 100,
    joined: bool = True,
) -> None:
    """Accuracies (parts of 1) over a logarithmic axis to an SVG, the same bytes for the same figures.

    lines: points by name, joined or not.  dashed: levels by name, drawn across.  y_label, factor: for other figures
    than accuracies, what they are multiplied by.  Raises ToolMissing.
    """
    plt = _pyplot()
    style = "-" if joined else ""
    with plt.rc_context({"svg.hashsalt": "mcuexport", "svg.fonttype": "none"}):
        figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
        for name, points in lines.items():
            axes.plot([x for x, _ in points], [factor * y for _, y in points], style, marker="o", label=name)
        for name, level in (dashed or {}).items():
            axes.axhline(factor * level, linestyle="--", color="grey", label=name)
        axes.set_xscale("log", base=base)
        axes.set(title=title, xlabel=x_label, ylabel=y_label)
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


def _pyplot() -> Any:
    try:
        import matplotlib
    except ImportError:
        raise ToolMissing("matplotlib is not installed; pip install 'mcuexport[plots]'") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
