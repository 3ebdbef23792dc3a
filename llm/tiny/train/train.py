"""Trains the tiny model. See README.md.

Two processes with one thread each share every step: they average one flat
gradient tensor, which also carries the clock of process 0, so both always
agree on the learning rate, on evaluations and on the end.
"""
import cpu  # noqa: F401  (must come before torch)

import argparse
import datetime
import os
import tempfile
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from batch import batch
from evaluate import critic_states, line, measure
from model import Model, Optimiser, SIZE, fresh
from states import States

EXTRA = 8          # numbers that travel behind the gradient


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--out", default="run", help="folder for checkpoint and log")
    p.add_argument("--minutes", type=float, help="let the clock drive the schedule")
    p.add_argument("--steps", type=int, help="let the step count drive the schedule")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--procs", type=int, default=2)
    p.add_argument("--threads", type=int, default=1, help="per process")
    p.add_argument("--good", type=int, default=160, help="solvable states a step")
    p.add_argument("--bad", type=int, default=96, help="unsolvable states a step")
    p.add_argument("--group", type=int, default=20, help="solvable rows at once")
    p.add_argument("--muon", type=float, default=0.02)
    p.add_argument("--adam", type=float, default=3e-3)
    p.add_argument("--critic", type=float, default=4.0, help="final weight of the critic's loss")
    p.add_argument("--decay", type=float, default=0.35, help="share of the run that decays")
    p.add_argument("--ema", type=float, default=0.998)
    p.add_argument("--eval-minutes", type=float, default=8)
    p.add_argument("--resume", action="store_true")
    a = p.parse_args()
    if (a.minutes is None) == (a.steps is None):
        p.error("give --minutes or --steps")
    return a


def learning_rate(step, progress, a):
    """Factor: 100 steps of warm-up, stable, then linear to nearly zero."""
    return min((step + 1) / 100, 1.0, max(1 - progress, 0.0) / a.decay + 1e-3)


def critic_weight(progress, a):
    """One while the steps are learned, then rising: the critic is the slower task."""
    return 1 + (a.critic - 1) * min(max((progress - 0.15) / 0.05, 0.0), 1.0)


def backward(model, groups, a, stats, emphasis=1.0):
    """Adds the gradients of this process's groups; sums its losses in stats."""
    good, bad = a.good / a.procs, a.bad / a.procs
    for g in groups:
        logp = model.forward(g["tok"], g["pos"], g["mask"], g["pick"]).log_softmax(-1)
        ce = -(logp.gather(1, g["ids"]) * g["probs"]).sum(1) * g["weight"]
        critic = ce[g["critic"]].sum() / (2 * (good if g["good"] else bad))
        policy = ce[~g["critic"]].sum() / good
        (policy + emphasis * critic).backward()
        with torch.no_grad():
            plain = ~g["critic"]
            stats[0] += policy
            stats[1] += critic
            stats[2] += policy - (g["entropy"] * g["weight"])[plain].sum() / good
            stats[3] += g["weight"][plain].sum() / good


def run(rank, a, meeting):
    torch.set_num_threads(a.threads)
    if a.procs > 1:
        dist.init_process_group("gloo", init_method="file://" + meeting, rank=rank,
                                world_size=a.procs, timeout=datetime.timedelta(days=7))

    def gather(share):
        if a.procs == 1:
            return share
        parts = [torch.empty_like(share) for _ in range(a.procs)]
        dist.all_gather(parts, share)
        return torch.cat(parts)

    states = States()
    puzzles, judged = states.puzzles24()[:100], critic_states(states)
    flat = fresh(a.seed)
    buffer = torch.zeros(SIZE + EXTRA)       # gradient, then clock and losses
    grad, extra = buffer[:SIZE], buffer[SIZE:]
    model, ema = Model(flat, grad), flat.clone()
    optimiser = Optimiser(rank, a.procs, gather)
    step, before = 0, 0.0
    path = os.path.join(a.out, "checkpoint.pt")
    if a.resume:
        saved = torch.load(path, map_location="cpu")
        flat.copy_(saved["flat"])
        ema.copy_(saved["ema"])
        optimiser.load(saved["optimiser"])
        step, before = saved["step"], saved["minutes"]
    log = open(os.path.join(a.out, "train.log"), "a" if a.resume else "w", buffering=1) \
        if rank == 0 else None

    def say(text):
        if log:
            log.write(text + "\n")

    say(f"seed {a.seed} processes {a.procs} batch {a.good}+{a.bad} parameters {SIZE} "
        f"held-out 24 puzzles {len(states.puzzles24())} "
        + (f"minutes {a.minutes}" if a.minutes else f"steps {a.steps}")
        + (f" resumed at step {step}" if a.resume else ""))
    start, last_line, last_eval = time.monotonic(), before, before
    sums, count, done = torch.zeros(4), 0, False
    progress = before / a.minutes if a.minutes else step / a.steps
    while not done:
        groups = batch(states, a.seed, rank, step, a.good // a.procs, a.bad // a.procs, a.group)
        buffer.zero_()
        backward(model, groups, a, extra[1:5], critic_weight(progress, a))
        if rank == 0:
            extra[0] = (before + (time.monotonic() - start) / 60) * a.procs
        if a.procs > 1:
            dist.all_reduce(buffer)
            buffer.div_(a.procs)
        now = extra[0].item()
        progress = now / a.minutes if a.minutes else step / a.steps
        factor = learning_rate(step, progress, a)
        optimiser.step(step, flat, grad, a.muon * factor, a.adam * factor)
        ema.lerp_(flat, 1 - min(a.ema, (step + 1) / (step + 10)))
        step += 1
        sums += extra[1:5]
        count += 1
        done = progress >= 1 if a.minutes else step >= a.steps
        if now - last_line >= 0.5 or done:
            p, c, kl, n = (sums / count).tolist()
            say(f"step {step} min {now:.1f} policy {p / n:.4f}/byte (excess {kl / n:.4f}) "
                f"critic {c:.4f} lr x{factor:.3f}")
            last_line = now
            sums.zero_()
            count = 0
        if now - last_eval >= a.eval_minutes or done:
            last_eval = now
            save(path, rank, {"flat": flat, "ema": ema, "step": step, "minutes": now,
                              "optimiser": optimiser.state(), "seed": a.seed})
            # Each process measures one of the two sets of weights.
            names = {"weights": flat, "average": ema}
            mine = list(names)[rank:] if a.procs == 1 else list(names)[rank:rank + 1]
            table = torch.zeros(2, 6)
            for name in mine:
                table[list(names).index(name)] = torch.tensor(
                    measure(names[name], states, puzzles, judged))
            if a.procs > 1:
                dist.all_reduce(table)
            for name, m in zip(names, table.tolist()):
                say(line(name, m))
    say("done")


def save(path, rank, what):
    if rank == 0:
        torch.save(what, path + ".tmp")
        os.replace(path + ".tmp", path)


if __name__ == "__main__":
    args = arguments()
    os.makedirs(args.out, exist_ok=True)
    if args.procs == 1:
        run(0, args, None)
    else:
        with tempfile.TemporaryDirectory() as folder:
            mp.spawn(run, (args, os.path.join(folder, "meet")), nprocs=args.procs)
