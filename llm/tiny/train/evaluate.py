"""Held-out measures: greedy solves, legal samples, the critic's AUC."""
import cpu  # noqa: F401  (must come before torch)

import random

import numpy as np
import torch

from model import BOS, EOS, Model
from states import States, legal_steps, solvable, text_of


@torch.no_grad()
def complete(model, prompts, temperature, gen, limit=14):
    """Continues each prompt until EOS; returns the texts (no key-value cache)."""
    rows = [[BOS, *p.encode()] for p in prompts]
    texts, live = [bytearray() for _ in rows], list(range(len(rows)))
    for _ in range(limit):
        if not live:
            break
        logits = last_logits(model, [rows[i] for i in live])
        if temperature == 0:
            nxt = logits.argmax(1)
        else:
            nxt = torch.multinomial((logits / temperature).softmax(1), 1, generator=gen)[:, 0]
        still = []
        for i, c in zip(live, nxt.tolist()):
            if c < 256:
                rows[i].append(c)
                texts[i].append(c)
                still.append(i)
        live = still
    return [t.decode("latin-1") for t in texts]


@torch.no_grad()
def last_logits(model, rows):
    n, l = len(rows), max(map(len, rows))
    tok = torch.zeros(n, l, dtype=torch.long)
    for i, r in enumerate(rows):
        tok[i, :len(r)] = torch.tensor(r)
    pos = torch.arange(l).expand(n, l)
    mask = torch.full((l, l), -1e9).triu(1)
    pick = torch.tensor([i * l + len(r) - 1 for i, r in enumerate(rows)])
    return model.forward(tok, pos, mask, pick)


def play(model, puzzles, temperature, gen):
    """Plays every puzzle to the end; returns (share solved, share of steps legal)."""
    solved = said = legal = 0
    live = list(puzzles)
    while live:
        texts = complete(model, [text_of(n, 24) + "\n" for n in live], temperature, gen)
        nxt = []
        for nums, text in zip(live, texts):
            said += 1
            child = dict(legal_steps(nums)).get(text[:-1]) if text.endswith("\n") else None
            if child is None:
                continue
            legal += 1
            if len(child) == 1:
                solved += child[0] == 24
            else:
                nxt.append(child)
        live = nxt
    return solved / len(puzzles), legal / said


def auc(scores, labels):
    """Chance that a solvable state scores above an unsolvable one."""
    order = np.argsort(scores, kind="stable")
    rank = np.empty(len(scores))
    rank[order] = np.arange(1, len(scores) + 1)
    labels = np.asarray(labels, bool)
    p, n = labels.sum(), (~labels).sum()
    return (rank[labels].sum() - p * (p + 1) / 2) / (p * n)


def critic_states(states, count=1008):
    """Held-out states, half solvable, drawn as in training but never trained on."""
    rng = random.Random("critic")
    return [states.draw(rng, (4, 3, 2)[i // 2 % 3], i % 2 == 0, held=True) for i in range(count)]


def measure(flat, states, puzzles, judged):
    model, gen = Model(flat), torch.Generator().manual_seed(7)
    greedy, _ = play(model, puzzles, 0, gen)
    _, legal = play(model, puzzles * 2, 1, gen)
    rows = [[BOS, *(text_of(n, t) + " ?\n").encode()] for n, t in judged]
    logits = torch.cat([last_logits(model, rows[i:i + 128]) for i in range(0, len(rows), 128)])
    score = (logits[:, ord("y")] - logits[:, ord("n")]).numpy()
    label = [solvable(n, t) for n, t in judged]
    level = np.array([len(n) for n, _ in judged])
    out = [greedy, legal, auc(score, label)]
    out += [auc(score[level == k], np.array(label)[level == k]) for k in (4, 3, 2)]
    return out


def line(name, m):
    return (f"eval {name}: greedy {100 * m[0]:.1f}% legal {100 * m[1]:.1f}% "
            f"auc {m[2]:.3f} (4: {m[3]:.3f} 3: {m[4]:.3f} 2: {m[5]:.3f})")


if __name__ == "__main__":
    import sys
    s = States()
    saved = torch.load(sys.argv[1], map_location="cpu")
    for key in ("flat", "ema"):
        print(line(key, measure(saved[key], s, s.puzzles24(), critic_states(s, 3000))))
