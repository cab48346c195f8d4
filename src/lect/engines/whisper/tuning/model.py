"""Whisper as torch modules whose parameters bear the names of `weights`, so that loading and exporting change nothing.

B utterances, T mel frames (even), S = T / 2, n tokens, P rows, V = vocabulary:

    Encoder   mel (B, T, mels)                                          -> (B, S, width)
    Decoder   encoded (B, S, width), tokens (B, n), rows (P,)           -> logits (P, V)

`rows` are flat row numbers (b * n + i) whose next-token distribution is wanted, as in `graph`: the product with the vocabulary is
most of a small decoder's work, and prompts and padding need none.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lect.engines.whisper.weights import Array, Weights


class Whisper(nn.Module):
    """Encoder and decoder. Windows may have any even length up to the full one: positions are cut to it."""

    def __init__(self, weights: Weights) -> None:
        """Take a checkpoint's weights, copied."""
        super().__init__()
        size, arrays = weights.dimensions, weights.arrays
        with torch.device("meta"):  # only shapes: random weights would cost time and be thrown away
            self.encoder = Encoder(
                mels=size.mels,
                width=size.width,
                heads=size.encoder_heads,
                layers=size.encoder_layers,
                positions=arrays["encoder.positions"].shape[0],
            )
            self.decoder = Decoder(
                vocabulary=size.vocabulary,
                width=size.width,
                heads=size.decoder_heads,
                layers=size.decoder_layers,
                positions=size.positions,
            )
        copies = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        self.load_state_dict(copies, assign=True)

    def forward(self, mel: Tensor, tokens: Tensor, rows: Tensor) -> Tensor:
        """Logits of the next token. (B, T, mels), (B, n), (P,) -> (P, V)"""
        return self.decoder(self.encoder(mel), tokens, rows)


class Encoder(nn.Module):
    """Sound to vectors of 20 ms."""

    def __init__(self, *, mels: int, width: int, heads: int, layers: int, positions: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.positions = nn.Parameter(torch.empty(positions, width))
        self.layers = nn.ModuleList(EncoderLayer(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, mel: Tensor) -> Tensor:
        """(B, T, mels) -> (B, S, width)"""
        x = functional.gelu(self.conv1(mel.transpose(1, 2)))
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.positions[: x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class Decoder(nn.Module):
    """Vectors of sound and the tokens so far to the next token."""

    def __init__(self, *, vocabulary: int, width: int, heads: int, layers: int, positions: int) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(vocabulary, width))
        self.positions = nn.Parameter(torch.empty(positions, width))
        self.layers = nn.ModuleList(DecoderLayer(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, encoded: Tensor, tokens: Tensor, rows: Tensor) -> Tensor:
        """Logits of the next token.

        Args:
            encoded: the encoder's output, fresh or kept from before; zeros leave the language model alone. (B, S, width)
            tokens: (B, n)
            rows: (P,)

        Returns:
            shape = (P, V)
        """
        x = functional.embedding(tokens, self.embedding) + self.positions[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x, encoded)
        x = x.flatten(0, 1).index_select(0, rows)
        return functional.linear(self.norm(x), self.embedding)


class Layer(nn.Module):
    """What the layers of both sides do: attention among themselves and a feed-forward part."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.self_norm = nn.LayerNorm(width)
        self.self_qkv = Stacked(width, 3)
        self.self_out = nn.Linear(width, width)
        self.ffn_norm = nn.LayerNorm(width)
        self.ffn_in = nn.Linear(width, 4 * width)
        self.ffn_out = nn.Linear(4 * width, width)

    def self_attention(self, x: Tensor, *, causal: bool) -> Tensor:
        """(B, n, width) -> (B, n, width)"""
        q, k, v = self.self_qkv(self.self_norm(x)).chunk(3, dim=-1)
        return self.self_out(attend(q, k, v, heads=self.heads, causal=causal))

    def feed_forward(self, x: Tensor) -> Tensor:
        """(B, n, width) -> (B, n, width)"""
        return self.ffn_out(functional.gelu(self.ffn_in(self.ffn_norm(x))))


class EncoderLayer(Layer):
    """Frames look at each other."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, S, width) -> (B, S, width)"""
        x = x + self.self_attention(x, causal=False)
        return x + self.feed_forward(x)


class DecoderLayer(Layer):
    """Tokens look at those before them and at the frames."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads)
        self.cross_norm = nn.LayerNorm(width)
        self.cross_q = nn.Linear(width, width)
        self.cross_kv = Stacked(width, 2)
        self.cross_out = nn.Linear(width, width)

    def forward(self, x: Tensor, encoded: Tensor) -> Tensor:
        """(B, n, width), (B, S, width) -> (B, n, width)"""
        x = x + self.self_attention(x, causal=True)
        x = x + self.cross_attention(x, encoded)
        return x + self.feed_forward(x)

    def cross_attention(self, x: Tensor, encoded: Tensor) -> Tensor:
        """(B, n, width), (B, S, width) -> (B, n, width)"""
        k, v = self.cross_kv(encoded).chunk(2, dim=-1)
        return self.cross_out(attend(self.cross_q(self.cross_norm(x)), k, v, heads=self.heads))


class Stacked(nn.Linear):
    """Several projections in one matrix, the last two of them keys and values.

    The bias of keys stays what it is, zero in every Whisper: attention does not feel it, so its gradient is rounding noise, which
    Adam would blow up to whole steps.
    """

    def __init__(self, width: int, parts: int) -> None:
        super().__init__(width, parts * width)
        self.parts = parts

    def forward(self, x: Tensor) -> Tensor:
        """(.., width) -> (.., parts * width)"""
        *queries, keys, values = self.bias.chunk(self.parts)
        return functional.linear(x, self.weight, torch.cat([*queries, keys.detach(), values]))


def attend(q: Tensor, k: Tensor, v: Tensor, *, heads: int, causal: bool = False) -> Tensor:
    """Attention of several heads. (B, n, width), (B, S, width) twice -> (B, n, width)"""
    q, k, v = (each.unflatten(-1, (heads, -1)).transpose(1, 2) for each in (q, k, v))
    return functional.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).flatten(2)


def export(model: Whisper, like: Mapping[str, Array]) -> dict[str, Array]:
    """The model's weights under the names of a checkpoint, in its order; copies, float32.

    Args:
        like: the names; what else the model holds (see `lora`) must have been merged
    """
    tensors = model.state_dict()
    return {name: np.array(tensors[name].float().cpu().numpy()) for name in like}
