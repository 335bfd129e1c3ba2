import { type Asker, Asking } from './asking';

/** Somebody with questions, whose answers come when the test gives them. */
class Curious implements Asker {
  isPressing = false;
  mayHurry = false;
  readonly answers: PromiseWithResolvers<void>[] = [];
  readonly wentWithout: string[] = [];

  ask(): Promise<void> {
    const answer = Promise.withResolvers<void>();
    this.answers.push(answer);
    return answer.promise;
  }

  goWithout(why: string): void {
    this.wentWithout.push(why);
  }
}

let asker: Curious;
let asking: Asking;

beforeEach(() => {
  jest.useFakeTimers();
  asker = new Curious();
  asking = new Asking(asker);
});
afterEach(() => jest.useRealTimers());

const soon = () => asking.soon(performance.now());
const answered = async () => {
  asker.answers.at(-1)!.resolve();
  await jest.advanceTimersByTimeAsync(0);
};

describe('Asking', () => {
  it('asks one question at a time', async () => {
    soon();
    soon();
    void asking.now();
    expect(asker.answers).toHaveLength(1);
    await answered();
    soon();
    expect(asker.answers).toHaveLength(2);
  });

  it('rests until it may ask again, and asks then only if somebody waits', async () => {
    asking.restUntil(performance.now() + 100);
    soon();
    await jest.advanceTimersByTimeAsync(200);
    expect(asker.answers).toHaveLength(0);
    asking.restUntil(performance.now() + 100);
    asker.isPressing = true;
    soon();
    soon();
    await jest.advanceTimersByTimeAsync(99);
    expect(asker.answers).toHaveLength(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(asker.answers).toHaveLength(1);
  });

  it('does not rest while it may hurry for those who wait', () => {
    asking.restUntil(performance.now() + 100);
    asker.isPressing = asker.mayHurry = true;
    soon();
    expect(asker.answers).toHaveLength(1);
  });

  it('asks again after an answer when somebody waits by then', async () => {
    soon();
    asker.isPressing = true;
    await answered();
    expect(asker.answers).toHaveLength(2);
  });

  it('goes without an answer that is late, and once more without one that failed', async () => {
    soon();
    await jest.advanceTimersByTimeAsync(250);
    expect(asker.wentWithout).toEqual(['it does not answer']);
    asker.answers[0]!.reject(new Error('Connection is closed.'));
    await jest.advanceTimersByTimeAsync(0);
    expect(asker.wentWithout).toEqual(['it does not answer', 'Error: Connection is closed.']);
  });

  it('does not ask later when it was stopped', async () => {
    asking.restUntil(performance.now() + 100);
    asker.isPressing = true;
    soon();
    asking.stop();
    await jest.advanceTimersByTimeAsync(1000);
    expect(asker.answers).toHaveLength(0);
  });
});
