"""The states of the game, their exact labels, the hold-out rule and the step texts.

A state is a sorted tuple of non-negative integers and a target. It is solvable
when legal steps that use every number lead to the target alone. What a multiset
can reach does not depend on the target, so one bit mask per multiset (bit t-10
for target t) labels all 51 targets at once.
"""
import hashlib
from functools import lru_cache
from itertools import combinations_with_replacement

LOW, HIGH = 10, 60            # targets
NUMBERS = range(1, 14)        # initial numbers


def legal_steps(nums):
    """All legal steps from nums as (text, child), duplicates removed.

    Canonical text: the larger operand first for + and *; a-b only with a>=b;
    a/b only when exact and b>0 (which lets 0/b through, but never b/0).
    """
    out = {}
    for i in range(len(nums)):
        for j in range(i + 1, len(nums)):
            b, a = nums[i], nums[j]          # nums ascend, so a >= b
            rest = nums[:i] + nums[i + 1:j] + nums[j + 1:]
            found = [(f"{a}+{b}", a + b), (f"{a}-{b}", a - b), (f"{a}*{b}", a * b)]
            if b > 0 and a % b == 0:
                found.append((f"{a}/{b}", a // b))
            if b == 0 and a > 0:
                found.append((f"{b}/{a}", 0))
            for text, c in found:
                out[f"{text}={c}"] = tuple(sorted(rest + (c,)))
    return list(out.items())


@lru_cache(maxsize=None)
def steps(nums):
    """Legal steps as a list of (text, child, mask of what the child reaches)."""
    return [(text, child, reach(child)) for text, child in legal_steps(nums)]


@lru_cache(maxsize=None)
def reach(nums):
    """Bit mask of the targets that nums can still reach."""
    if len(nums) == 1:
        return 1 << (nums[0] - LOW) if LOW <= nums[0] <= HIGH else 0
    mask = 0
    for _, _, m in steps(nums):
        mask |= m
    return mask


def solvable(nums, target):
    return bool(reach(nums) >> (target - LOW) & 1)


def winning(nums, target):
    """The texts and children of the steps that keep the target reachable."""
    bit = target - LOW
    return [(text, child) for text, child, m in steps(nums) if m >> bit & 1]


def text_of(nums, target):
    return " ".join(map(str, nums)) + " > " + str(target)


def held_out(nums, target):
    """True for states that training must never see, as state or as prompt."""
    digest = hashlib.sha256(text_of(nums, target).encode()).digest()
    h = int.from_bytes(digest[:8], "big") % 10
    return h == 0 or (h == 1 and len(nums) == 4 and target == 24)


class States:
    """All states by level, with samplers for training and for evaluation."""

    def __init__(self):
        four = list(combinations_with_replacement(NUMBERS, 4))
        three = sorted({c for n in four for _, c, _ in steps(n)})
        two = sorted({c for n in three for _, c, _ in steps(n)})
        self.sets = {4: four, 3: three, 2: two}
        self.won, self.won24 = {}, {}
        for level, sets in self.sets.items():
            self.won[level] = [(i, t) for i, n in enumerate(sets)
                               for t in range(LOW, HIGH + 1) if solvable(n, t)]
            self.won24[level] = [e for e in self.won[level] if e[1] == 24]
        self.at24 = {4: 1 / 3, 3: 1 / 4, 2: 1 / 4}

    def _uniform_won(self, rng, level):
        table = self.won24 if rng.random() < self.at24[level] else self.won
        i, t = rng.choice(table[level])
        return self.sets[level][i], t

    def _walk(self, rng, level):
        """A solvable state met on the way from a solvable 4-number state."""
        nums, t = self._uniform_won(rng, 4)
        while len(nums) > level:
            nums = rng.choice(winning(nums, t))[1]
        return nums, t

    def positive(self, rng, level):
        """Half as play meets them, half spread evenly over all there are."""
        if rng.random() < 0.5:
            return self._walk(rng, level)
        return self._uniform_won(rng, level)

    def negative(self, rng, level):
        """Unsolvable: below 4 numbers mostly a wrong step off a solvable state."""
        while True:
            if level < 4 and rng.random() < 0.75:
                nums, t = self._walk(rng, level + 1)
                nums = rng.choice(steps(nums))[1]
            else:
                nums = rng.choice(self.sets[level])
                t = 24 if rng.random() < self.at24[level] else rng.randint(LOW, HIGH)
            if not solvable(nums, t):
                return nums, t

    def draw(self, rng, level, good, held=False):
        """One state of that level and label, from the wanted side of the split."""
        while True:
            nums, t = (self.positive if good else self.negative)(rng, level)
            if held_out(nums, t) == held:
                return nums, t

    def puzzles24(self):
        """The held-out solvable puzzles for target 24."""
        return [self.sets[4][i] for i, t in self.won24[4]
                if held_out(self.sets[4][i], t)]
