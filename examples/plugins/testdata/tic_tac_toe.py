"""Tic-tac-toe in the manner of OpenSpiel's Python module, for tests of openspiel_env.py
where there is no OpenSpiel."""

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


class State:
    def __init__(self):
        self.cells = ["."] * 9

    def winner(self):
        for a, b, c in LINES:
            if self.cells[a] == self.cells[b] == self.cells[c] != ".":
                return "xo".index(self.cells[a])
        return None

    def current_player(self):
        if self.is_terminal():
            return -4
        return (9 - self.cells.count(".")) % 2

    def is_terminal(self):
        return self.winner() is not None or "." not in self.cells

    def legal_actions(self):
        return [] if self.is_terminal() else [i for i, c in enumerate(self.cells) if c == "."]

    def action_to_string(self, player, action):
        return f"{'xo'[player]}({action // 3},{action % 3})"

    def apply_action(self, action):
        self.cells[action] = "xo"[self.current_player()]

    def returns(self):
        return {None: [0, 0], 0: [1, -1], 1: [-1, 1]}[self.winner()]

    def __str__(self):
        return "\n".join("".join(self.cells[i : i + 3]) for i in (0, 3, 6))


class Game:
    def num_players(self):
        return 2

    def new_initial_state(self):
        return State()


def load_game(name):
    if name != "tic_tac_toe":
        raise ValueError(f"there is no game {name!r}")
    return Game()
