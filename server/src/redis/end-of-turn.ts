let tasks: (() => void)[] = [];

/**
 * Runs `task` once the event loop has handed out all that came in together, before it looks for more; what a task asks for
 * here in its turn, too.
 */
export function atEndOfTurn(task: () => void): void {
  if (tasks.push(task) === 1) setImmediate(endTurn);
}

function endTurn(): void {
  // Grows meanwhile.
  for (const task of tasks) task();
  tasks = [];
}
