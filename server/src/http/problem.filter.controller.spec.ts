import { Controller, Get, HttpException, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { newConfig } from '../../test/builders';
import { expectProblem, send, sendRaw } from '../../test/http';
import { createAdapter } from './adapter';
import { Problem } from './problem';
import { ProblemFilter } from './problem.filter';

class ReplyError extends Error {
  override name = 'ReplyError';
}

@Controller()
class Throwing {
  @Get('details')
  details(): never {
    throw new Problem('invalid_query', { details: [{ field: 'a', message: 'b' }], retryAfterS: 7 });
  }

  @Get('late')
  late(): never {
    throw new Problem('request_timeout');
  }

  @Get('large')
  large(): never {
    throw new Problem('payload_too_large');
  }

  @Get('redis')
  redis(): never {
    throw new ReplyError('OOM command not allowed');
  }

  @Get('teapot')
  teapot(): never {
    throw new HttpException('canary', 418);
  }

  @Get('forbidden')
  forbidden(): never {
    throw new HttpException('canary', 403);
  }

  @Get('bug')
  bug(): never {
    throw new TypeError('canary');
  }

  @Get('odd')
  odd(): never {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a library might do
    throw 'canary';
  }
}

@Module({ controllers: [Throwing] })
class ThrowingModule {}

describe('an error that nobody caught', () => {
  let app: NestFastifyApplication;
  let at: { port: number };

  beforeAll(async () => {
    const options = { bodyParser: false, logger: false } as const;
    app = await NestFactory.create<NestFastifyApplication>(
      ThrowingModule,
      createAdapter(newConfig()),
      options,
    );
    app.useGlobalFilters(new ProblemFilter());
    await app.listen(0, '127.0.0.1');
    at = app.getHttpServer().address() as { port: number };
  });
  afterAll(() => app.close());

  it('that is a problem is told with its details and when to come again', async () => {
    const answer = await send(at, '/details');
    expectProblem(answer, 'invalid_query', { details: [{ field: 'a', message: 'b' }] });
    expect(answer.headers['retry-after']).toBe('7');
  });

  it.each([
    ['/late', 'request_timeout'],
    ['/large', 'payload_too_large'],
  ] as const)('about a body that is not read ends the connection: %s', async (path, code) => {
    const answer = await sendRaw(at, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expectProblem(answer, code);
    expect(answer.headers.connection).toBe('close');
  });

  it("that is Redis' is a matter for later", async () => {
    const answer = await send(at, '/redis');
    expectProblem(answer, 'queue_unavailable');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it("that is a framework's is told in our words", async () => {
    const answer = await send(at, '/forbidden');
    expectProblem(answer, 'forbidden');
    expect(answer.text).not.toContain('canary');
  });

  it.each(['/bug', '/odd', '/teapot'])('that nobody foresaw tells nothing of itself: %s', async (path) => {
    const answer = await send(at, path);
    expectProblem(answer, 'internal_error');
    expect(answer.text).not.toContain('canary');
  });
});
