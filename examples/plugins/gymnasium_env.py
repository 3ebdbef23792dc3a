#!/usr/bin/env python3
"""Makes a plug-in of ponder's of a Gymnasium environment with discrete actions.

    ponder solve --model none --env-cmd "python3 gymnasium_env.py FrozenLake-v1 is_slippery=False" 0
    ponder solve --model none --env-cmd "python3 gymnasium_env.py my_module:MyClass size=8 --high 20" 0

NAME is an id of Gymnasium's, or a class of a module on Python's path or in the folder
where ponder runs, with the same reset and step; that needs no Gymnasium. Behind it come
arguments for what it makes.

A problem is a seed: with it and the same actions all must happen as before, so chance
is known beforehand. An episode is worth (R - LOW) / (HIGH - LOW), cut to [0,1], where R
is the sum of its rewards; 1 counts as solved.
"""

import argparse
import ast
import collections
import copy
import importlib
import os
import sys

import ponder_env

# What is known of a state: an environment that was led there and is never stepped
# itself, and what it told.
At = collections.namedtuple("At", "env obs total over mask")
CACHE = 1000  # states whose environment is held; others are made again


class Gym(ponder_env.Env):
    """A state is the seed and the actions since, which is good in every process."""

    example = "0"
    rules = "A problem is the seed of an episode. A state is an observation, a step the number of an action."

    def __init__(self, make, args):
        self.make, self.args, self.name = make, args, args.name
        self.space = make().action_space
        self.copies, self.cache = not args.replay, collections.OrderedDict()
        if not hasattr(self.space, "n"):
            sys.exit(f"the actions of {args.name} are not discrete: {self.space}")
        first = self.start(self.example)
        self.sample_state, self.sample_step = self.text(first), self.actions(first)[0]

    def at(self, state):
        if state not in self.cache:
            self.cache[state] = self.copied(state) or self.replayed(state)
            if len(self.cache) > CACHE:
                self.cache.popitem(last=False)
        self.cache.move_to_end(state)
        return self.cache[state]

    def copied(self, state):
        before = self.cache.get(state[:-1])
        if not self.copies or before is None:
            return None
        try:
            env = copy.deepcopy(before.env)
        except Exception as e:  # whatever it has that can't be copied
            print(f"{self.name} can't be copied, so all is replayed: {e}")
            self.copies = False
            return None
        return self.go(env, before.total, state[-1])

    def replayed(self, state):
        env = self.make()
        obs, info = env.reset(seed=state[0])
        at = At(env, obs, 0.0, False, info.get("action_mask"))
        for action in state[1:]:
            at = self.go(env, at.total, action)
        return at

    def go(self, env, total, action):
        obs, reward, terminated, truncated, info = env.step(action)
        return At(env, obs, total + float(reward), bool(terminated or truncated), info.get("action_mask"))

    def start(self, problem):
        if not (problem.isdigit() and problem.isascii() and len(problem) < 10):
            raise ponder_env.BadProblem("it is no seed, a whole number of at most nine digits")
        return (int(problem),)

    def actions(self, state):
        first, mask = int(getattr(self.space, "start", 0)), self.at(state).mask
        return [str(first + i) for i in range(int(self.space.n)) if mask is None or mask[i]]

    def step(self, state, action):
        return state + (int(action),)

    def outcome(self, state):
        at = self.at(state)
        if not at.over and len(state) <= self.args.steps:
            return None
        share = (at.total - self.args.low) / (self.args.high - self.args.low)
        return min(max(share, 0), 1), f"rewards {at.total:g}"

    def observed(self, state):
        obs = self.at(state).obs
        return str(obs.tolist() if hasattr(obs, "tolist") else obs)

    def text(self, state):
        return f"{self.observed(state)} (step {len(state) - 1}, rewards {self.at(state).total:g})"

    def key(self, state):
        # An observation need not tell all that matters later. With --merge it does,
        # but for what is counted: limits of steps, and rewards.
        if self.args.merge:
            return f"{len(state)} {self.at(state).total!r} {self.observed(state)}"
        return str(state)

    save, load = staticmethod(list), staticmethod(tuple)


def maker(name, options):
    """What makes a new environment."""
    module, _, made = name.partition(":")
    sys.path.append(os.getcwd())
    if made:
        found = getattr(importlib.import_module(module), made, None)
        if found:
            return lambda: found(**options)
    import gymnasium

    return lambda: gymnasium.make(name, **options)


def option(text):
    name, _, value = text.partition("=")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


if __name__ == "__main__":
    p = argparse.ArgumentParser(description="a Gymnasium environment as a plug-in of ponder's")
    p.add_argument("name", metavar="NAME", help="an id, or module:Class")
    p.add_argument("options", metavar="OPTION=VALUE", nargs="*", type=option, help="arguments for it")
    p.add_argument("--low", type=float, default=0, help="sum of rewards that is worth 0 (default 0)")
    p.add_argument("--high", type=float, default=1, help="sum of rewards that is worth 1, solved (default 1)")
    p.add_argument("--steps", type=int, default=1000, help="longer episodes end there (default 1000)")
    p.add_argument("--merge", action="store_true", help="observations tell all of a state: equal ones may be merged")
    p.add_argument("--replay", action="store_true", help="copy nothing: make all steps again for each new one")
    args = p.parse_intermixed_args()
    ponder_env.serve(Gym(maker(args.name, dict(args.options)), args))
