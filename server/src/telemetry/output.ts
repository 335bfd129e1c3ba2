/**
 * Standard output, in one system call for all lines of a turn of the event loop instead of one for each. What a process said
 * in its last turn is still written at its exit.
 */
class Output {
  private text = '';

  constructor() {
    process.on('exit', () => this.flush());
    // Nobody reads any more: no reason to stop working. The stream outlives us where modules are loaded anew.
    if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => {});
  }

  write(line: string): void {
    if (this.text === '') setImmediate(() => this.flush());
    this.text += line;
  }

  private flush(): void {
    const { text } = this;
    this.text = '';
    if (text !== '') process.stdout.write(text);
  }
}

/** The process has one. */
export const output = new Output();
