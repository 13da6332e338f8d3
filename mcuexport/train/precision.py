"""In how many bits products are computed while a network is trained: torch's automatic mixed precision."""

import torch

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def mixed_precision(name: str, device: str) -> torch.autocast:
    """A context in which layers compute in the precision of that name, a key of `PRECISIONS`; parameters stay float32.

    What needs more, as softmaxes and losses do, torch computes in float32.
    """
    return torch.autocast(torch.device(device).type, PRECISIONS[name], enabled=name != "float32")
