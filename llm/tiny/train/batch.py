"""Turns states into packed rows: one prefix, then branches that see only it.

row  = BOS prefix | " ?\\nyes\\n" | "\\n13-9=4\\n" | "\\n10*4=40\\n"
Rows are sorted by length and cut into small groups: little padding, and the
activations of a group stay in the cache.
"""
import random

import numpy as np
import torch

from model import BOS, EOS
from states import text_of, winning

WIDTH = 20                     # most next bytes a target distribution may have
LEVELS, LEVEL_WEIGHTS = (4, 3, 2), (0.55, 0.33, 0.12)
TRIVIAL = 0.1                  # weight of the critic's bytes after the first


class Row:
    def __init__(self, nums, target):
        self.tok = [BOS, *text_of(nums, target).encode()]
        self.start = len(self.tok)
        self.pos, self.seg = list(range(self.start)), [0] * self.start
        self.goals = []        # (column, next bytes, probabilities, weight, is critic)

    def branch(self, text, seg):
        """Appends a branch; returns the column where it starts."""
        at = len(self.tok)
        self.tok += text
        self.pos += range(self.start, self.start + len(text))
        self.seg += [seg] * len(text)
        return at

    def critic(self, good):
        ask, answer = b" ?\n", b"yes\n" if good else b"no\n"
        at = self.branch(ask + answer, 1) + len(ask) - 1
        for i, c in enumerate([*answer, EOS]):
            self.goals.append((at + i, [c], [1.0], 1.0 if i == 0 else TRIVIAL, 1))

    def step(self, text, wins, seg, weight):
        """Soft targets: the exact next-byte distribution over all winning steps."""
        at = self.branch(b"\n" + text + b"\n", seg)
        full = text + b"\n"
        alive = wins
        for i in range(len(full) + 1):
            count = {}
            for w in alive:
                c = w[i] if i < len(w) else EOS
                count[c] = count.get(c, 0) + 1
            self.goals.append((at + i, list(count), [n / len(alive) for n in count.values()],
                               weight, 0))
            if i < len(full):
                alive = [w for w in alive if len(w) > i and w[i] == full[i]]


def solvable_row(rng, nums, target):
    row = Row(nums, target)
    row.critic(True)
    wins = [text.encode() for text, _ in winning(nums, target)]
    chosen = rng.sample(wins, min(2, len(wins)))
    ends = [w + b"\n" for w in wins]
    for i, w in enumerate(chosen):
        row.step(w, ends, 2 + i, 1 / len(chosen))
    return row


def group(rows, good):
    """Padded arrays of some rows."""
    n, l = len(rows), max(len(r.tok) for r in rows)
    tok = np.zeros((n, l), np.int64)
    pos = np.zeros((n, l), np.int64)
    seg = np.full((n, l), -1, np.int64)
    pick, ids, probs, weight, critic = [], [], [], [], []
    for i, r in enumerate(rows):
        k = len(r.tok)
        tok[i, :k], pos[i, :k], seg[i, :k] = r.tok, r.pos, r.seg
        for col, nxt, p, w, c in r.goals:
            pad = WIDTH - len(nxt)
            pick.append(i * l + col)
            ids.append(nxt + [0] * pad)
            probs.append(p + [0.0] * pad)
            weight.append(w)
            critic.append(c)
    seen = (seg[:, None, :] == 0) | (seg[:, None, :] == seg[:, :, None])
    seen &= np.tril(np.ones((l, l), bool))
    mask = np.where(seen, 0, -1e9).astype(np.float32)[:, None]
    probs = np.array(probs, np.float32)
    entropy = -(probs * np.log(np.maximum(probs, 1e-9))).sum(1)
    t = torch.from_numpy
    return {"tok": t(tok), "pos": t(pos), "mask": t(mask), "pick": torch.tensor(pick),
            "ids": torch.tensor(ids), "probs": t(probs), "weight": torch.tensor(weight),
            "critic": torch.tensor(critic).bool(), "entropy": t(entropy), "good": good}


def batch(states, seed, rank, step, good, bad, size):
    """The groups of one process's part of one step; the same for the same arguments."""
    rng = random.Random(f"{seed}/{rank}/{step}")
    out = []
    for count, label in ((good, True), (bad, False)):
        rows = []
        for _ in range(count):
            level = rng.choices(LEVELS, LEVEL_WEIGHTS)[0]
            nums, target = states.draw(rng, level, label)
            if label:
                rows.append(solvable_row(rng, nums, target))
            else:
                rows.append(Row(nums, target))
                rows[-1].critic(False)
        rows.sort(key=lambda r: len(r.tok))
        size_here = size if label else size * 2          # unsolvable rows are short
        cuts = max(1, round(count / size_here))
        out += [group(rows[i * count // cuts:(i + 1) * count // cuts], label)
                for i in range(cuts)]
    return out
