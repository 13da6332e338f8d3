"""The same checkpoints give the same bytes under every Python: `make pythons`.

python tests/same_bytes.py make FOLDER     writes checkpoints of every weight format, norm and activation
python tests/same_bytes.py digest FOLDER   prints a hash of what `pack` writes, for each of them and each core
"""

import hashlib
import sys
from pathlib import Path

from networks import ALL_FORMATS, NETWORKS, checkpoint_of, like_trained

from mcuexport.checkpoint import load
from mcuexport.codegen import generate
from mcuexport.lower import lower
from mcuexport.targets import CORES


def make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in {**NETWORKS, "all_formats": ALL_FORMATS}.items():
        checkpoint_of(*like_trained(**options), folder / f"{name}.pt")


def digest(folder: Path) -> None:
    for path in sorted(folder.glob("*.pt")):
        checkpoint = load(path)
        graph = lower(checkpoint)
        for name, core in CORES.items():
            sources = generate(graph, core, "net", checkpoint.examples).sources
            content = "\0".join(f"{file}\0{text}" for file, text in sources.items())
            print(path.stem, name, hashlib.sha256(content.encode()).hexdigest())


if __name__ == "__main__":
    {"make": make, "digest": digest}[sys.argv[1]](Path(sys.argv[2]))
