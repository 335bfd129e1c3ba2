import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadonlyConfig } from '../config/config';
import { GivingUp, NO_HTTP } from './give-up';
import { Problem } from './problem';
import { bodyOf } from './problem.filter';

/**
 * Limits on what a stranger may send before anybody looks at it. Node's own are an hour of headers' patience too long.
 * A body has a deadline of its own, see `BODY_TIMEOUT_MS`.
 */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 100;
/** As long as the longest registration token that is taken in a path. */
const MAX_PARAM_LENGTH = 4096;

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Fastify, set up so that no body is read before a guard asks for it and every error has the contract's form. */
export function createAdapter(config: ReadonlyConfig): FastifyAdapter {
  const givingUp = new GivingUp();
  const adapter = new FastifyAdapter({
    trustProxy: trustProxy(config.http.trustProxy),
    requestIdHeader: false,
    genReqId: (raw: IncomingMessage) => requestIdOf(raw.headers),
    // Whoever reads a body sets its limit.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    // What still comes in on an open connection while the api stops is answered like anything else, and the connection
    // ends with it; Fastify's own refusal has neither the contract's form nor a `Retry-After`.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: false },
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 2000,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Looked for below, because Node's own answer has no body.
      requireHostHeader: false,
    },
    // An address that is no address; hooks do not run for it.
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const problem = new Problem('not_found');
      setHeaders(request, reply);
      void reply.status(problem.getStatus()).send(bodyOf(problem, request.id));
    },
    clientErrorHandler: givingUp.onClientError,
  });
  const fastify = adapter.getInstance();
  fastify.server.maxHeadersCount = MAX_HEADERS;
  // An expectation that nobody knows is ignored, as HTTP allows; Node's own answer has no body.
  fastify.server.on('checkExpectation', (...both) => fastify.server.emit('request', ...both));
  givingUp.watch(fastify.server);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
  fastify.addHook('onRequest', (request, reply, done) => {
    // Nobody looks at it here, but Fastify would refuse one that it does not understand before any guard has run.
    // It also insists on one with the method QUERY, which no route takes.
    if (request.method === 'QUERY') request.raw.headers['content-type'] = 'text/plain';
    // Set, not deleted: an object that lost a property is slow from then on.
    else request.raw.headers['content-type'] = undefined;
    setHeaders(request, reply);
    const { headersDistinct, httpVersion } = request.raw;
    const hosts = headersDistinct.host?.length ?? 0;
    if (hosts > 1 || (hosts === 0 && httpVersion === '1.1'))
      done(new Problem('invalid_query', { sentence: NO_HTTP }));
    else done();
  });
  return adapter;
}

function setHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  reply.header('x-content-type-options', 'nosniff');
}

/** Addresses are believed wherever they stand; a count believes so many hops, counted from us. */
function trustProxy(trusted: ReadonlyConfig['http']['trustProxy']) {
  if (typeof trusted === 'number') return (_address: string, hop: number) => hop < trusted;
  return trusted ? [...trusted] : false;
}

/** The caller's own id when it is harmless to log and to send back. */
function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
