#!/usr/bin/env python3
"""Water jugs, a plug-in of ponder's: pour until one of them has what is asked for.

    ponder solve --model none --env-cmd "python3 jugs.py" "3 5 8 -> 4"
"""

import re

import ponder_env


class Jugs(ponder_env.Env):
    """A state is what the jugs have, how much they hold, and what is asked for."""

    name = "jugs"
    example = "3 5 8 -> 4"
    rules = (
        "A state lists jugs, each with the litres that are in it and those that it holds, then the goal: "
        "one of the jugs must have exactly so much. The step 8>5 pours from the jug of 8 litres into that of 5 "
        "until the first is empty or the second is full."
    )
    sample_state = "0/3 0/5 8/8 -> 4"
    sample_step = "8>5"
    texts = True

    def start(self, problem):
        """Reads sizes alone, of which the last jug is full and the others are empty,
        or, as text writes it, what each jug has and holds."""
        jugs, arrow, goal = problem.partition("->")
        words = jugs.split()
        if not arrow or not re.fullmatch(r"[0-9]{1,4}", goal.strip()):
            raise ponder_env.BadProblem("there is no whole number behind ->")
        if not 2 <= len(words) <= 6:
            raise ponder_env.BadProblem(f"there are {len(words)} jugs, and must be 2 to 6")
        if not any("/" in w for w in words):
            words = ["0/" + w for w in words[:-1]] + [words[-1] + "/" + words[-1]]
        if not all(re.fullmatch(r"[0-9]{1,4}/[0-9]{1,4}", w) for w in words):
            raise ponder_env.BadProblem("a jug is a size such as 5, or what it has and holds such as 2/5, for all of them alike")
        has, holds = zip(*(map(int, w.split("/")) for w in words))
        if len(set(holds)) < len(holds):
            raise ponder_env.BadProblem("two jugs hold the same, so that steps can't tell them apart")
        if any(h > most for h, most in zip(has, holds)):
            raise ponder_env.BadProblem("a jug has more than it holds")
        return has, holds, int(goal)

    def actions(self, state):
        has, holds, _ = state
        return [
            f"{holds[i]}>{holds[j]}"
            for i in range(len(has))
            for j in range(len(has))
            if i != j and has[i] > 0 and has[j] < holds[j]
        ]

    def step(self, state, action):
        has, holds, goal = state
        i, j = (holds.index(int(size)) for size in action.split(">"))
        poured = min(has[i], holds[j] - has[j])
        after = list(has)
        after[i] -= poured
        after[j] += poured
        return tuple(after), holds, goal

    def outcome(self, state):
        has, _, goal = state
        return (1, f"a jug has {goal}") if goal in has else None

    def text(self, state):
        has, holds, goal = state
        return " ".join(f"{h}/{most}" for h, most in zip(has, holds)) + f" -> {goal}"

    # The text says all of a state, so that it is good in every process.
    save = text
    load = start

    def verify(self, problem, answer):
        """Pours by itself, with jugs in a dictionary by what they hold."""
        left, right = problem.split("->")
        words = left.split()
        if "/" in left:
            jugs = {int(w.split("/")[1]): int(w.split("/")[0]) for w in words}
        else:
            jugs = {int(w): 0 for w in words}
            jugs[int(words[-1])] = int(words[-1])
        for number, word in enumerate(answer.split(), 1):
            match = re.fullmatch(r"([0-9]+)>([0-9]+)", word)
            sizes = [int(s) for s in match.groups()] if match else []
            if len(set(sizes)) < 2 or not set(sizes) <= set(jugs):
                return f"step {number}, {word!r}, does not name two of the jugs"
            source, target = sizes
            while jugs[source] > 0 and jugs[target] < target:
                jugs[source] -= 1
                jugs[target] += 1
        if int(right) in jugs.values():
            return None
        return f"in the end the jugs have {sorted(jugs.values())}, none of them {right.strip()}"


if __name__ == "__main__":
    ponder_env.serve(Jugs())
