#!/usr/bin/env node
// Nim, a plug-in of ponder's in JavaScript: two players take turns, each takes as many
// as he likes from one heap, and who takes the last one wins.
//
//     ponder solve --model none --env-cmd "node nim.js" "3 4 5"
'use strict';

const readline = require('node:readline');

// Refused is what a request gets instead of a reply; kind is illegal or input.
class Refused extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const info = {
  protocol: 1,
  name: 'nim',
  players: 2,
  finite: true,
  lasting: true, // the data of a state say all of it
  example: '3 4 5',
  rules:
    'A state lists the heaps in order. The step "2 from 1" takes two from the first heap. Players take turns; who takes the last one wins.',
  sample_state: '3 4 5, player 0 to move',
  sample_step: '2 from 1',
};

function start(problem) {
  const heaps = problem.trim().split(/\s+/);
  if (heaps.length > 6) throw new Refused('input', 'there are more than six heaps');
  if (!heaps.every((h) => /^(0|[1-9][0-9]?)$/.test(h))) throw new Refused('input', 'a heap is a number from 0 to 99');
  return { heaps: heaps.map(Number), player: 0 };
}

function actions({ heaps }) {
  return heaps.flatMap((size, i) => Array.from({ length: size }, (_, n) => `${n + 1} from ${i + 1}`));
}

function step(state, action) {
  if (!actions(state).includes(action)) throw new Refused('illegal', 'write 2 from 1 for two from the first heap, and take no more than it has');
  const [taken, heap] = action.split(' from ').map(Number);
  return { heaps: state.heaps.map((size, i) => (i === heap - 1 ? size - taken : size)), player: 1 - state.player };
}

// tell is a state as a reply has it. The reward at the end is that of the player to
// move, who finds nothing left.
function tell(state) {
  const told = {
    data: state,
    text: `${state.heaps.join(' ')}, player ${state.player} to move`,
    player: state.player,
    actions: actions(state),
  };
  if (told.actions.length === 0) Object.assign(told, { over: true, reward: 0, note: `player ${1 - state.player} took the last one` });
  return told;
}

function answer(request) {
  switch (request.op) {
    case 'info':
      return { info };
    case 'start':
      return { state: tell(start(request.problem)) };
    case 'step':
      return { state: tell(step(request.state, request.action)) };
    case 'actions':
      return { actions: actions(request.state) };
  }
  throw new Error(`there is no op ${request.op}`);
}

function reply(request) {
  try {
    return { id: request.id, ...answer(request) };
  } catch (e) {
    if (!(e instanceof Refused)) console.error(e); // console.log would spoil stdout
    return { id: request.id, error: { kind: e.kind ?? 'other', message: e.message } };
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  process.stdout.write(JSON.stringify(Array.isArray(request) ? request.map(reply) : reply(request)) + '\n');
});
