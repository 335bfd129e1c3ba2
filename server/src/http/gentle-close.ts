import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Ends the connections of a process that stops without refusing a request. From the first moment of the stop every answer
 * tells its client to connect anew, which a balancer does elsewhere. When the listener closes, connections without a
 * request end at once and requests under way are answered; what takes longer than `timeoutMs` is cut.
 *
 * Node's own `close` waits for good for a connection on which not a byte was sent yet, and for half a request.
 */
export function closeGently(fastify: FastifyInstance, isStopping: () => boolean, timeoutMs: number): void {
  const sockets = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (isStopping()) reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('preClose', (done) => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    setTimeout(() => fastify.server.closeAllConnections(), timeoutMs).unref();
    done();
  });
}
