import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Certificates, makeCertificates } from '../../../e2e/simulator/certificates';
import { type Simulator, startSimulator } from '../../../e2e/simulator/simulator';
import { until } from '../../test/until';
import { type ConnectionOptions, Connections } from './connections';
import type { ExchangeEnd } from './exchange';

const PATH = '/v1/projects/shop/messages:send';
/** Long enough for a busy machine; tests of deadlines set their own. */
const TIMEOUT_MS = 5000;

let tls: Certificates;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  tls = await makeCertificates();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

async function simulatorAt(port = 0, latencyMs = 0): Promise<Simulator> {
  const simulator = await startSimulator({ port, tls, latencyMs });
  open.push(simulator);
  return simulator;
}

function connectionsTo(port: number, options: Partial<ConnectionOptions> = {}) {
  const made = new Connections({
    endpoint: `https://localhost:${port}`,
    connections: 1,
    timeoutMs: TIMEOUT_MS,
    ca: tls.ca,
    ...options,
  });
  open.push(made);
  const post = (token: string, deadlineMs = TIMEOUT_MS): Promise<ExchangeEnd> =>
    made.post(PATH, JSON.stringify({ message: { token } }), { authorization: 'Bearer owner' }, deadlineMs);
  return { post, close: () => made.close() };
}

const many = <T>(count: number, make: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));

const statusOf = (end: ExchangeEnd) => (end.kind === 'answered' ? end.answer.status : end.kind);

/** A TCP server that does what it is told with every connection, and drops them all when closed. */
async function listen(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    // Whoever is cut off in a test may say so; nobody is interested.
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const listening = {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  };
  open.push(listening);
  return listening;
}

/** A cable to a port, whose connections can silently die: nothing passes any more, and nobody is told. */
async function startCable(port: number) {
  const pairs: [Socket, Socket][] = [];
  const cable = await listen((near) => {
    const far = connect(port, '127.0.0.1').on('error', () => near.destroy());
    pairs.push([near, far]);
    near.on('close', () => far.destroy());
    near.pipe(far).pipe(near);
  });
  const freeze = () => {
    for (const [near, far] of pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  };
  return { ...cable, freeze, used: () => pairs.length };
}

describe('HTTP/2 connections', () => {
  it('carry up to a hundred requests each at once, and no more are opened than allowed', async () => {
    const simulator = await simulatorAt(0, 20);
    const { post } = connectionsTo(simulator.port, { connections: 3 });
    const ends = await many(900, (n) => post(`many-${n}`));
    expect(ends.filter((end) => statusOf(end) !== 200)).toEqual([]);
    expect(simulator.stats()).toMatchObject({
      received: 900,
      by_protocol: { '2.0': 900 },
      sessions_opened: 3,
      open_max_per_session: 100,
    });
    expect(simulator.stats().open_max).toBeGreaterThan(200);
  });

  it('are kept from one request to the next', async () => {
    const simulator = await simulatorAt();
    const { post } = connectionsTo(simulator.port, { connections: 10 });
    for (let n = 0; n < 5; n++) expect(statusOf(await post(`kept-${n}`))).toBe(200);
    expect(simulator.stats().sessions_opened).toBe(1);
  });

  it('lose, with a reset stream, that stream only', async () => {
    const simulator = await simulatorAt();
    const { post } = connectionsTo(simulator.port);
    const ends = await Promise.all([post('slow-50'), post('reset'), post('slow-50')]);
    expect(ends.map(statusOf)).toEqual([200, 'lost', 200]);
    expect(simulator.stats().sessions_opened).toBe(1);
  });

  it('are opened again after GOAWAY, and what was answered by it is not sent twice', async () => {
    const simulator = await simulatorAt();
    const { post } = connectionsTo(simulator.port);
    expect(statusOf(await post('goaway'))).toBe('lost');
    expect(statusOf(await post('after'))).toBe(200);
    expect(simulator.received().map(({ target }) => target)).toEqual(['goaway', 'after']);
    expect(simulator.stats().sessions_opened).toBe(2);
  });

  it('send nothing twice that was under way when GOAWAY came', async () => {
    const simulator = await simulatorAt();
    const { post } = connectionsTo(simulator.port);
    expect(statusOf(await post('first'))).toBe(200);
    const ends = ['goaway', 'slow-500-a', 'slow-500-b'].map((target) => post(target));
    expect((await Promise.all(ends)).map(statusOf)).toEqual(['lost', 'lost', 'lost']);
    expect(statusOf(await post('after'))).toBe(200);
    const targets = simulator.received().map(({ target }) => target);
    expect(targets).toEqual(['first', 'goaway', 'slow-500-a', 'slow-500-b', 'after']);
  });

  it('that silently died are noticed and replaced', async () => {
    const simulator = await simulatorAt();
    const cable = await startCable(simulator.port);
    const { post } = connectionsTo(cable.port, { timeoutMs: 400 });
    expect(statusOf(await post('before'))).toBe(200);
    cable.freeze();
    expect(statusOf(await post('into the void', 300))).toBe('lost');
    await until(async () => statusOf(await post('after', 300)) === 200);
    expect(cable.used()).toBe(2);
  });
});

describe('an endpoint', () => {
  it('that went away is used again when it is back', async () => {
    const first = await simulatorAt();
    const { post } = connectionsTo(first.port);
    expect(statusOf(await post('before'))).toBe(200);
    await first.close();
    await until(async () => statusOf(await post('meanwhile')) === 'unsent');
    const ends = await many(30, () => post('meanwhile'));
    expect(new Set(ends.map(statusOf))).toEqual(new Set(['unsent']));
    await simulatorAt(first.port);
    expect(statusOf(await post('after'))).toBe(200);
  });

  it('that goes away while it is asked leaves open what became of the requests', async () => {
    const simulator = await simulatorAt();
    const { post } = connectionsTo(simulator.port);
    const asked = many(10, (n) => post(`hang-${n}`));
    await until(() => simulator.received().length === 10);
    await simulator.close();
    expect(new Set((await asked).map(statusOf))).toEqual(new Set(['lost']));
  });

  it('that refuses connections gets nothing, and the reason is told', async () => {
    const gone = await simulatorAt();
    await gone.close();
    expect(await connectionsTo(gone.port).post('x')).toEqual({
      kind: 'unsent',
      reason: expect.stringContaining('ECONNREFUSED'),
      timedOut: false,
    });
  });

  it('whose certificate nobody vouches for gets nothing', async () => {
    const simulator = await simulatorAt();
    const stranger = (await makeCertificates()).ca;
    const end = await connectionsTo(simulator.port, { ca: stranger }).post('x');
    expect(end).toMatchObject({ kind: 'unsent', reason: expect.stringMatching(/certificate/i) });
    expect(simulator.stats().received).toBe(0);
  });

  it('whose name cannot be found gets nothing', async () => {
    const made = new Connections({ endpoint: 'https://fcm.invalid', connections: 1, timeoutMs: TIMEOUT_MS });
    open.push(made);
    expect(await made.post(PATH, '{}', {}, TIMEOUT_MS)).toMatchObject({ kind: 'unsent' });
  });

  it('that swallows connections keeps no request past its deadline, and is used once it answers', async () => {
    const blackHole = await listen(() => undefined);
    const { post } = connectionsTo(blackHole.port, { connections: 2 });
    const started = performance.now();
    const ends = await many(200, () => post('swallowed', 100));
    expect(new Set(ends.map(statusOf))).toEqual(new Set(['unsent']));
    expect(performance.now() - started).toBeLessThan(TIMEOUT_MS);
    await blackHole.close();
    const back = await simulatorAt(blackHole.port);
    await until(async () => statusOf(await post('after')) === 200);
    expect(back.received().map(({ target }) => target)).toEqual(['after']);
  });
});

describe('an answer', () => {
  it('is given up at the deadline, whatever the stream does', async () => {
    const simulator = await simulatorAt();
    const { post } = connectionsTo(simulator.port);
    const ends = await Promise.all([post('hang', 50), post('slow-1000', 50), post('slow-20')]);
    expect(ends.map(statusOf)).toEqual(['lost', 'lost', 200]);
  });

  it('is read up to 64 kB', async () => {
    const simulator = await simulatorAt();
    const end = await connectionsTo(simulator.port).post('huge-502');
    expect(statusOf(end)).toBe(502);
    expect(end.kind === 'answered' && end.answer.body.length).toBeLessThanOrEqual(65_536);
  });
});

describe('closing', () => {
  it('waits for what is under way, and refuses what comes after', async () => {
    const simulator = await simulatorAt();
    const { post, close } = connectionsTo(simulator.port);
    const underWay = post('slow-100');
    await until(() => simulator.received().length === 1);
    await close();
    expect(statusOf(await underWay)).toBe(200);
    expect(await post('late')).toEqual({ kind: 'unsent', reason: 'closed', timedOut: false });
    await until(() => simulator.stats().sessions_open === 0);
  });
});
