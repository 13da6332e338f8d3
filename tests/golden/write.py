"""Writes the golden files anew: `python tests/golden/write.py`.  Read the difference before you commit it."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> None:
    sys.path.insert(0, str(FOLDER.parent))
    from small import generated, golden_graph

    for name, text in generated(golden_graph(), "small").sources.items():
        if name.startswith("small."):
            (FOLDER / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
