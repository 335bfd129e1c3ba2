import type { LiveMessages } from '@contract';

/** Server-sent events that a test sends. */
export class FakeLive {
  private readonly sources: FakeEventSource[] = [];

  /** Stands in for `new EventSource(url)`. */
  readonly open = (url: string): EventSource => {
    const source = new FakeEventSource(url);
    this.sources.push(source);
    return source as unknown as EventSource;
  };

  /** How many times a page opened the stream. */
  get opened(): number {
    return this.sources.length;
  }

  accept(): void {
    this.current.readyState = 1;
    this.current.dispatchEvent(new Event('open'));
  }

  send<Name extends keyof LiveMessages>(name: Name, data: LiveMessages[Name]): void {
    this.current.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }

  /** The connection broke; the browser tries again by itself. */
  breakOff(): void {
    this.current.readyState = 0;
    this.current.dispatchEvent(new Event('error'));
  }

  /** The server answered something that is no stream; the browser gives up. */
  refuse(): void {
    this.current.readyState = 2;
    this.current.dispatchEvent(new Event('error'));
  }

  get isClosed(): boolean {
    return this.current.readyState === 2;
  }

  private get current(): FakeEventSource {
    const source = this.sources.at(-1);
    if (source === undefined) throw new Error('No page has opened the live stream');
    return source;
  }
}

class FakeEventSource extends EventTarget {
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readyState = 0;

  constructor(readonly url: string) {
    super();
  }

  close(): void {
    this.readyState = this.CLOSED;
  }
}
