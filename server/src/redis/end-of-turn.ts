let tasks: (() => void)[] = [];

/** Runs `task` once the event loop has handed out all that came in together, before it looks for more. */
export function atEndOfTurn(task: () => void): void {
  if (tasks.push(task) === 1) setImmediate(endTurn);
}

/** Does now what was put off till the end of this turn, and what that puts off in its turn. */
export function endTurn(): void {
  // Grows meanwhile.
  for (const task of tasks) task();
  tasks = [];
}
