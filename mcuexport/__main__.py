"""`python -m mcuexport`, which `torchrun -m mcuexport train ..` starts on every process."""

from .cli import main

main()
