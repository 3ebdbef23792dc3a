#!/usr/bin/env python3
"""Makes a plug-in of ponder's of an OpenSpiel game.

    ponder solve --model none --env-cmd "python3 openspiel_env.py tic_tac_toe" start
    ponder solve --model none --env-cmd "python3 openspiel_env.py --module my_games nim" "take 2; take 1"

The game has one player or two; two want the opposite of each other; nobody throws dice,
moves at the same time or hides anything. --module names another module with a load_game
like pyspiel's, on Python's path or in the folder where ponder runs.

A problem is start, or moves from there with ; between them. An end is worth
(R - LOW) / (HIGH - LOW), where R is the return of the first player, and LOW and HIGH are
the game's min_utility and max_utility, or -1 and 1 if it does not tell them.
"""

import argparse
import copy
import importlib
import os
import sys

import ponder_env


class Spiel(ponder_env.Env):
    """A state is one of the game's, and the moves that led to it."""

    example = "start"
    rules = "A state is a position of a game, a step a move as it is written there."

    def __init__(self, game, name, merge):
        self.game, self.name, self.merge = game, name, merge
        self.players = game.num_players()
        if self.players > 2:
            sys.exit(f"{name} has {self.players} players, and may have 2 at most")
        self.low = getattr(game, "min_utility", lambda: -1)()
        self.high = getattr(game, "max_utility", lambda: 1)()
        first = self.start(self.example)
        self.sample_state, self.sample_step = self.text(first), self.actions(first)[0]

    def start(self, problem):
        state = self.game.new_initial_state(), ()
        if problem.strip() == "start":
            return state
        for move in problem.split(";"):
            try:
                state = self.step(state, move.strip())
            except ponder_env.Illegal as e:
                raise ponder_env.BadProblem(f"move {len(state[1]) + 1} is illegal: {e}") from None
        return state

    def moves(self, node):
        if node.is_terminal():
            return {}
        if node.current_player() < 0:
            raise ValueError("games with chance, or with moves at the same time, can't be searched")
        return {node.action_to_string(node.current_player(), a): a for a in node.legal_actions()}

    def actions(self, state):
        return list(self.moves(state[0]))

    def step(self, state, action):
        node, path = state
        moves = self.moves(node)
        if action not in moves:
            raise ponder_env.Illegal("the legal moves are " + (", ".join(list(moves)[:20]) or "none"))
        node = node.clone() if hasattr(node, "clone") else copy.deepcopy(node)
        node.apply_action(moves[action])
        return node, path + (action,)

    def outcome(self, state):
        if not state[0].is_terminal():
            return None
        returns = state[0].returns()
        return (returns[0] - self.low) / (self.high - self.low), "returns " + ", ".join(f"{r:g}" for r in returns)

    def player(self, state):
        # At an end nobody is to move: the outcome is that of the first player.
        return 0 if state[0].is_terminal() else state[0].current_player()

    def text(self, state):
        return str(state[0])

    def key(self, state):
        # The text of a position need not tell all, such as how often it was there.
        return str(state[0]) if self.merge else "; ".join(state[1])


if __name__ == "__main__":
    p = argparse.ArgumentParser(description="an OpenSpiel game as a plug-in of ponder's")
    p.add_argument("game", metavar="GAME", help="what load_game gets, such as tic_tac_toe")
    p.add_argument("--module", default="pyspiel", help="the module with load_game (default pyspiel)")
    p.add_argument("--merge", action="store_true", help="the text tells all of a position: equal ones may be merged")
    args = p.parse_args()
    sys.path.append(os.getcwd())
    ponder_env.serve(Spiel(importlib.import_module(args.module).load_game(args.game), args.game, args.merge))
