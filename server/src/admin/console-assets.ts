import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Where the build puts the console, seen from `dist/server/admin` as well as from the sources. */
const CANDIDATES = ['../../console/browser', '../../../dist/console/browser'];

/** Nothing but our own files, nobody may frame us; styles inline because Angular Material sets some. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const HASHED = /-[A-Za-z0-9_-]{8}\.\w+$/;
/** Where the build puts files. No address of the router looks like it: ids may have dots, but stand a folder down. */
const FILE = /^(?:media\/)?[^/]+\.\w+$/;
const A_YEAR_S = 31_536_000;

/** The folder with the built console; undefined when there is none. */
function builtConsole(): string | undefined {
  return CANDIDATES.map((path) => resolve(join(__dirname, path))).find((path) => existsSync(path));
}

/** Serves the console at `/admin/`: its files, and the page itself for every address of its router. */
export async function serveConsole(fastify: FastifyInstance, root = builtConsole()): Promise<void> {
  fastify.get('/', (_request, reply) => reply.redirect('/admin/'));
  fastify.get('/admin', (_request, reply) => reply.redirect('/admin/'));
  if (!root) {
    const hint = 'The console is not built yet: npm run build:console';
    fastify.get('/admin/*', (_request, reply) => reply.status(404).type('text/plain').send(hint));
    return;
  }
  await fastify.register(fastifyStatic, { root, serve: false, wildcard: false });
  fastify.get('/admin/*', (request, reply) => {
    const path = (request.params as Record<string, string>)['*'] ?? '';
    const isFile = path !== '' && !path.includes('..') && existsSync(join(root, path)) && /\.\w+$/.test(path);
    // The page in place of a script would be an error in the script; a file of an earlier build is simply gone.
    if (!isFile && FILE.test(path)) return reply.status(404).type('text/plain').send('There is no such file');
    return send(reply, isFile ? path : 'index.html');
  });
}

function send(reply: FastifyReply, file: string): FastifyReply {
  reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
  reply.header('referrer-policy', 'same-origin');
  const lasts = HASHED.test(file);
  return reply.sendFile(file, { cacheControl: true, maxAge: lasts ? A_YEAR_S * 1000 : 0, immutable: lasts });
}
