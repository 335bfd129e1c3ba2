import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ProxyManners {
  /** Behind the proxy every name leads to this port of this machine. */
  leadsTo: () => number;
  /** Answers a CONNECT with this status instead of a tunnel; `silent` never answers. */
  refuses?: () => number | 'silent' | undefined;
  tls?: { key: string; cert: string };
}

export interface ConnectProxy {
  port: number;
  /** What was asked for, and with which credentials. */
  asked: { authority: string; authorization?: string }[];
  close(): Promise<void>;
}

/** A real proxy that makes tunnels (RFC 9110, 9.3.6), whose name service is a single number. */
export async function startConnectProxy({ leadsTo, refuses, tls }: ProxyManners): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const asked: ConnectProxy['asked'] = [];
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // Whoever is cut off may say so; nobody is interested.
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server: Server = tls ? createTlsServer(tls) : createServer();
  server.on('connection', keep);
  server.on('connect', ({ url = '', headers }: IncomingMessage, near: Socket) => {
    asked.push({ authority: url, authorization: headers['proxy-authorization'] });
    const answer = refuses?.();
    if (answer === 'silent') return;
    if (answer) {
      near.end(`HTTP/1.1 ${answer} No\r\ncontent-length: 2\r\n\r\nno`);
      return;
    }
    const far = connect(leadsTo(), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    keep(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
