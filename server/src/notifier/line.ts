import type { Logger } from '@nestjs/common';
import type { LineState, LineStop } from '../queue/line-state';
import type { DeliveryResult } from '../delivery/provider';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';

/** How often a worker asks whether another one has stopped the line, or set it going, in ms. */
const LOOK_MS = 500;

type Release = (mayTry: boolean) => void;

/**
 * Stops the line when FCM refuses our project or our key: every event waits, none is tried and none is burnt, but for a
 * probe now and then. It goes on by itself as soon as FCM says anything else of a probe than that.
 */
export class Line implements Role {
  readonly name = 'line';
  private stopped: LineStop | null = null;
  /** When this process learned of it, ms of `performance.now()`: what was tried before proves nothing. */
  private learnedMs = 0;
  /** What was found here and Redis, and by it the other workers, have not been told yet. */
  private news: (() => Promise<unknown>) | null = null;
  private readonly waiting = new Set<Release>();

  constructor(
    private readonly state: LineState,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  pass(): boolean {
    return !this.stopped;
  }

  /** Resolves when an event may be tried: true; false when `signal` has aborted first. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (!this.stopped || signal.aborted) return !signal.aborted;
    return new Promise((resolve) => {
      const release: Release = (mayTry) => {
        this.waiting.delete(release);
        signal.removeEventListener('abort', onAbort);
        resolve(mayTry);
      };
      const onAbort = () => release(false);
      signal.addEventListener('abort', onAbort);
      this.waiting.add(release);
    });
  }

  /** A probe told nothing, because its event was not tried: too old by now, for example. The next in line is one in its place. */
  unused(): void {
    if (this.stopped) this.releaseOne();
  }

  /** What came of a message that was tried from `startedMs` of `performance.now()` on. */
  saw(result: DeliveryResult, startedMs: number): void {
    if (isRefusal(result)) this.findStopped({ code: result.code, message: result.message, sinceMs: 0 });
    else if (this.stopped && startedMs > this.learnedMs && isProof(result)) this.findWorking(this.stopped);
  }

  /** Tells the others what was found here, or learns what they have found; lets a probe through when it is due. */
  async run(): Promise<number> {
    const { news } = this;
    await news?.();
    if (this.news === news) this.news = null;
    const found = await this.state.read();
    // What was found here meanwhile is newer.
    if (this.news) return LOOK_MS;
    if (found) this.halt(found);
    else this.goOn();
    if (found && this.waiting.size > 0 && (await this.state.mayProbe())) this.releaseOne();
    return LOOK_MS;
  }

  private findStopped(stop: LineStop): void {
    if (this.stopped) return;
    this.halt(stop);
    this.tell(async () => (stop.sinceMs = await this.state.stop(stop)));
  }

  private findWorking(stop: LineStop): void {
    this.goOn();
    this.tell(() => this.state.resume(stop.sinceMs));
  }

  /** After what was not told before: a stop that begins as soon as another has ended is a new one, with its own reason. */
  private tell(news: () => Promise<unknown>): void {
    const { news: before } = this;
    this.news = async () => {
      await before?.();
      await news();
    };
  }

  private halt(stop: LineStop): void {
    if (this.stopped) return;
    this.stopped = stop;
    this.learnedMs = performance.now();
    this.metrics.paused.set(1);
    this.logger.error(
      `Deliveries pause, because FCM would refuse them all: ${stop.code}: ${stop.message}; they go on by themselves`,
    );
  }

  private goOn(): void {
    if (!this.stopped) return;
    this.stopped = null;
    this.metrics.paused.set(0);
    this.logger.log('Deliveries go on');
    for (const release of [...this.waiting]) release(true);
  }

  private releaseOne(): void {
    for (const release of this.waiting) return release(true);
  }
}

function isRefusal(result: DeliveryResult): result is DeliveryResult & { outcome: 'failed' } {
  return result.outcome === 'failed' && result.cause === 'credentials';
}

/** Whether FCM looked at the message: then it knows us. Of its own trouble, or none at all, nothing follows. */
function isProof(result: DeliveryResult): boolean {
  return result.outcome === 'delivered' || (result.outcome === 'failed' && result.cause !== 'server');
}
