"""The precision that a processor is fast at."""

from __future__ import annotations

import torch


def autocast() -> torch.autocast:
    """bf16 where the processor multiplies it itself, else float32.

    Without AVX512-BF16 a step takes many times as long in bf16 as in float32.
    """
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported())
