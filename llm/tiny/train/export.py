"""Writes a checkpoint as the folder that `ollama create` imports.

    python3 export.py CHECKPOINT OUTDIR [--weights auto|flat|ema]

auto measures both sets of weights on all held-out puzzles and takes the better.
"""
import cpu  # noqa: F401  (must come before torch)

import argparse
import json
import os
import struct

import numpy as np
import torch

from model import BOS, DIM, EOS, EPS, FF, HEAD, HEADS, LAYERS, THETA, VOCAB, Model

CONTEXT = 128
MODELFILE = """FROM .
TEMPLATE {{ .Prompt }}
PARAMETER num_ctx 128
PARAMETER num_thread 1
PARAMETER temperature 1
"""


def tensors(flat):
    """Name -> float16 array, in the layout of LlamaForCausalLM."""
    m = Model(flat)
    out = {"model.embed_tokens.weight": m.embed}
    for i, (qkv, o, gate_up, down) in enumerate(m.layers):
        at = f"model.layers.{i}."
        for name, w in zip("qkv", qkv.split(DIM)):
            out[f"{at}self_attn.{name}_proj.weight"] = w
        out[at + "self_attn.o_proj.weight"] = o
        out[at + "mlp.gate_proj.weight"], out[at + "mlp.up_proj.weight"] = gate_up.split(FF)
        out[at + "mlp.down_proj.weight"] = down.t()     # kept transposed in training
        out[at + "input_layernorm.weight"] = torch.ones(DIM)
        out[at + "post_attention_layernorm.weight"] = torch.ones(DIM)
    out["model.norm.weight"] = torch.ones(DIM)
    out["lm_head.weight"] = m.head
    return {k: np.ascontiguousarray(v.numpy().astype("<f2")) for k, v in out.items()}


def write_safetensors(path, arrays):
    """Header length (8 bytes, little endian), JSON header, then the raw data."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, a in arrays.items():
        header[name] = {"dtype": "F16", "shape": list(a.shape),
                        "data_offsets": [at, at + a.nbytes]}
        at += a.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for a in arrays.values():
            f.write(a.tobytes())


def byte_names():
    """GPT-2's printable stand-in for each byte, in byte order."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names, extra = {}, 256
    for b in range(256):
        if b in plain:
            names[b] = chr(b)
        else:
            names[b] = chr(extra)
            extra += 1
    return [names[b] for b in range(256)]


def tokenizer():
    names = byte_names()
    space = names[32]
    vocab = {name: i for i, name in enumerate(names)}
    vocab.update({"<s>": BOS, "</s>": EOS, space * 2: EOS + 1})
    assert len(vocab) == VOCAB
    special = [{"id": i, "content": c, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for i, c in ((BOS, "<s>"), (EOS, "</s>"))]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
             "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": None, "pre_tokenizer": level, "post_processor": None, "decoder": level,
        # One merge, because importers expect some; two spaces never meet in our texts.
        "model": {"type": "BPE", "dropout": None, "unk_token": None,
                  "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "vocab": vocab,
                  "merges": [f"{space} {space}"]},
    }


def config():
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float16",
        "bos_token_id": BOS, "eos_token_id": EOS, "vocab_size": VOCAB, "hidden_size": DIM,
        "intermediate_size": FF, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS, "head_dim": HEAD, "hidden_act": "silu",
        "max_position_embeddings": CONTEXT, "rms_norm_eps": EPS, "rope_theta": THETA,
        "rope_scaling": None, "attention_bias": False, "mlp_bias": False,
        "tie_word_embeddings": False,
    }


def better(saved):
    from evaluate import critic_states, line, measure
    from states import States
    s = States()
    puzzles, judged, scores = s.puzzles24(), critic_states(s, 3000), {}
    for key in ("flat", "ema"):
        m = measure(saved[key], s, puzzles, judged)
        print(line(key, m))
        scores[key] = m[0] + m[2]          # greedy solves, then the critic
    return max(scores, key=scores.get)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("checkpoint")
    p.add_argument("outdir")
    p.add_argument("--weights", choices=("auto", "flat", "ema"), default="auto")
    a = p.parse_args()
    saved = torch.load(a.checkpoint, map_location="cpu")
    key = better(saved) if a.weights == "auto" else a.weights
    print("exporting", key)
    os.makedirs(a.outdir, exist_ok=True)

    def put(name, what):
        with open(os.path.join(a.outdir, name), "w") as f:
            f.write(what if isinstance(what, str) else json.dumps(what, indent=1) + "\n")

    write_safetensors(os.path.join(a.outdir, "model.safetensors"), tensors(saved[key]))
    put("config.json", config())
    put("tokenizer.json", tokenizer())
    put("tokenizer_config.json", {"add_bos_token": True, "add_eos_token": False,
                                  "bos_token": "<s>", "eos_token": "</s>",
                                  "model_max_length": CONTEXT})
    put("Modelfile", MODELFILE)


if __name__ == "__main__":
    main()
