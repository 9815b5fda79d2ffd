"""Programs of the package transformers: small configurations, random weights, nothing downloaded."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Mapping
from typing import Any

import torch

from programs.program import Program

PACKAGE = "transformers"


def is_there() -> bool:
    """Whether the package is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def version() -> str:
    """The package's version."""
    return importlib.metadata.version(PACKAGE)


def _package() -> Any:
    # It has no types that a strict check could use.
    package = importlib.import_module(PACKAGE)
    package.logging.set_verbosity_error()
    return package


def _loss(model: Any, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
    loss: torch.Tensor = model(**inputs).loss
    return loss


def _tokens(batch: int, length: int, words: int = 100) -> torch.Tensor:
    return torch.randint(3, words, (batch, length))


def _bert(hidden: int, layers: int, batch: int, length: int) -> tuple[Any, dict[str, torch.Tensor]]:
    package = _package()
    config = package.BertConfig(
        hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=4, intermediate_size=2 * hidden,
        vocab_size=100, max_position_embeddings=128,
    )  # fmt: skip
    tokens = _tokens(batch, length)
    mask = torch.ones_like(tokens)
    mask[0, length // 2 :] = 0
    return package.BertForMaskedLM(config), {"input_ids": tokens, "attention_mask": mask, "labels": tokens}


def _gpt2(**more: Any) -> tuple[Any, dict[str, torch.Tensor]]:
    package = _package()
    config = package.GPT2Config(
        n_embd=32, n_layer=2, n_head=2, vocab_size=100, n_positions=64, bos_token_id=0, eos_token_id=0,
        **more,
    )  # fmt: skip
    tokens = _tokens(2, 12)
    return package.GPT2LMHeadModel(config), {"input_ids": tokens, "labels": tokens}


def _llama() -> tuple[Any, dict[str, torch.Tensor]]:
    package = _package()
    config = package.LlamaConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=64,
        vocab_size=100, max_position_embeddings=64,
    )  # fmt: skip
    tokens = _tokens(2, 12)
    return package.LlamaForCausalLM(config), {"input_ids": tokens, "labels": tokens}


def _vit() -> tuple[Any, dict[str, torch.Tensor]]:
    package = _package()
    config = package.ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=32, patch_size=8
    )
    return package.ViTForImageClassification(config), {
        "pixel_values": torch.randn(2, 3, 32, 32),
        "labels": torch.tensor([0, 1]),
    }


def _whisper() -> tuple[Any, dict[str, torch.Tensor]]:
    package = _package()
    config = package.WhisperConfig(
        d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=64, decoder_ffn_dim=64, vocab_size=100, num_mel_bins=8, max_source_positions=20,
        max_target_positions=32, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
        suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    model = package.WhisperForConditionalGeneration(config)
    return model, {"input_features": torch.randn(2, 8, 40), "labels": _tokens(2, 6)}


def _continue(model: Any, inputs: Mapping[str, torch.Tensor]) -> Any:
    # Some tokens, greedily, with the cache of keys and values.
    return model.generate(inputs["input_ids"][:, :5], max_new_tokens=6, do_sample=False, use_cache=True)


PROGRAMS = (
    Program("BERT", lambda: _bert(32, 2, 2, 12), _loss, package=PACKAGE),
    Program("BERT, larger", lambda: _bert(256, 4, 4, 64), _loss, package=PACKAGE),
    Program("GPT-2, and 6 tokens", _gpt2, _loss, _continue, package=PACKAGE),
    Program("LLaMA, and 6 tokens", _llama, _loss, _continue, package=PACKAGE, words=frozenset({"graphs"})),
    Program("ViT", _vit, _loss, package=PACKAGE),
    Program("Whisper", _whisper, _loss, package=PACKAGE),
)
#: Those that are looked at as exported programs alone: one that can be decomposed where GPT-2 itself cannot.
EXPORTED_TOO = (
    Program("GPT-2, plain attention", lambda: _gpt2(attn_implementation="eager"), _loss, package=PACKAGE),
)  # fmt: skip
