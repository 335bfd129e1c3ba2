import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { until } from '../../test/until';
import { type ConnectionLimits, connectionLimits, limitConnections } from './limit-connections';

/** Another address of this machine: Linux has a whole network of them, others have IPv6. */
const OTHER = process.platform === 'linux' ? { localAddress: '127.0.0.2' } : { host: '::1' };

let server: Server;
let refused: string[];
const sockets: Socket[] = [];

async function serve(limits: Partial<ConnectionLimits>): Promise<void> {
  server = createServer((_request, response) => response.end('ok'));
  refused = [];
  limitConnections(server, { ...connectionLimits(false), ...limits }, (reason) => refused.push(reason));
  await new Promise<void>(
    (resolve) => void server.listen(0, process.platform === 'linux' ? '127.0.0.1' : '::', resolve),
  );
}

/** Resolves with the socket once it is answered or, with null, ended. */
async function ask(from = {}): Promise<Socket | null> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, ...from });
  sockets.push(socket.on('error', () => undefined));
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const answered = await Promise.race([
    once(socket, 'data').then(() => true),
    once(socket, 'close').then(() => false),
  ]);
  return answered ? socket : null;
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});

describe('open connections', () => {
  it('of one client are limited, those of another are not concerned', async () => {
    await serve({ perClient: 2 });
    const first = await ask();
    expect([first, await ask(), await ask(), await ask(OTHER)]).toEqual([
      expect.anything(),
      expect.anything(),
      null,
      expect.anything(),
    ]);
    expect(refused).toEqual(['client']);
    first!.destroy();
    await until(async () => (await ask()) !== null);
  });

  it('of all clients are limited', async () => {
    await serve({ total: 2 });
    const first = await ask();
    expect([await ask(OTHER), await ask()]).toEqual([expect.anything(), null]);
    expect(refused).toEqual(['process']);
    first!.destroy();
    await until(async () => (await ask()) !== null);
  });

  it('are closed when nobody says or reads anything', async () => {
    await serve({ idleMs: 50 });
    server.keepAliveTimeout = 0;
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'close');
  });

  it('are not counted by address behind a proxy, whose address they all have', () => {
    expect(connectionLimits(true).perClient).toBe(Infinity);
    expect(connectionLimits(false).perClient).toBeLessThan(connectionLimits(false).total);
  });
});
