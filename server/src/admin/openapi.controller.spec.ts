import { useApi } from '../../test/api';
import { send } from '../../test/http';

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { properties: object; required: string[] }>;
    securitySchemes: object;
  };
}

interface Operation {
  summary: string;
  security?: object[];
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
}

const api = useApi();
let document: OpenApi;

beforeAll(async () => {
  document = (await send(api, '/api/openapi.json')).body as OpenApi;
});

const operations = () => Object.values(document.paths).flatMap(Object.values<Operation>);
const parametersOf = (path: string) =>
  document.paths[path]!.get!.parameters!.map(({ name, in: where, required }) => [name, where, required]);

it('is OpenAPI 3.1 and names every route of the admin API and of health', () => {
  expect(document.openapi).toBe('3.1.0');
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes).toEqual(
    expect.arrayContaining([
      'POST /api/admin/session',
      'GET /api/admin/session',
      'DELETE /api/admin/session',
      'GET /api/admin/events',
      'GET /api/admin/events/{event_id}',
      'POST /api/admin/events/{event_id}/replay',
      'GET /api/admin/queue',
      'GET /api/admin/live',
      'PUT /api/devices',
      'GET /api/devices/{token}',
      'PATCH /api/devices/{token}',
      'DELETE /api/devices/{token}',
      'GET /api/admin/users/{user_id}/devices',
      'GET /api/admin/messages',
      'GET /api/admin/messages/{event_type}',
      'PUT /api/admin/messages/{event_type}',
      'DELETE /api/admin/messages/{event_type}',
      'GET /api/admin/messages/{event_type}/versions',
      'POST /api/admin/messages/{event_type}/preview',
      'POST /api/admin/users/{user_id}/devices/{token_hash}/restore',
      'GET /api/health',
      'GET /api/health/live',
      'GET /api/health/ready',
      'GET /api/metrics',
      'GET /metrics',
    ]),
  );
});

it('says of every operation what it does', () => {
  for (const { summary } of operations()) expect(summary).toMatch(/^\w/);
});

it('describes every query parameter of the list, none of them required', () => {
  expect(parametersOf('/api/admin/events')).toEqual(
    ['limit', 'cursor', 'status', 'type', 'event_id', 'user_id', 'order_id', 'error', 'from', 'to'].map(
      (name) => [name, 'query', false],
    ),
  );
});

it('names each header once, and requires none', () => {
  for (const { summary, parameters = [] } of operations()) {
    const headers = parameters.filter(({ in: where }) => where === 'header');
    const names = headers.map(({ name }) => name.toLowerCase());
    expect([summary, names]).toEqual([summary, [...new Set(names)]]);
    expect([summary, headers.filter(({ required }) => required)]).toEqual([summary, []]);
  }
});

it('requires no header to listen to live updates', () => {
  expect(parametersOf('/api/admin/live')).toEqual([['last-event-id', 'header', false]]);
});

it('describes the bodies that are sent', () => {
  const { DeviceDto, SignInDto } = document.components.schemas;
  expect(Object.keys(DeviceDto!.properties)).toEqual([
    ...['platform', 'app_version', 'locale', 'time_zone'],
    ...['user_id', 'token', 'fid', 'shared'],
  ]);
  // Either a token or a Firebase Installation ID.
  expect(DeviceDto!.required).toEqual(['user_id']);
  expect(SignInDto!.required).toEqual(['token']);
});

describe('the answers of an operation', () => {
  it.each([
    ['put', '/api/devices', [200, 400, 401, 403, 413, 429, 503]],
    ['delete', '/api/devices/{token}', [204, 400, 401, 403, 429, 503]],
    ['get', '/api/admin/queue', [200, 401, 403, 429, 503]],
    ['post', '/api/admin/events/{event_id}/replay', [202, 400, 401, 403, 404, 409, 429, 503]],
    ['put', '/api/admin/messages/{event_type}', [200, 400, 401, 403, 412, 413, 429, 503]],
    ['post', '/api/admin/session', [200, 400, 401, 413, 429]],
  ])('%s %s are %j', (method, path, statuses) => {
    expect(Object.keys(document.paths[path]![method]!.responses).map(Number)).toEqual(statuses);
  });

  it('that are errors have the body of every error, and name its codes', () => {
    const { content, description } = document.paths['/api/admin/events/{event_id}']!.get!.responses['404']!;
    expect(content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/ErrorBodyDto' } },
    });
    expect(description).toBe('`not_found`: There is nothing here');
    const { ErrorBodyDto } = document.components.schemas;
    expect(ErrorBodyDto!.required).toEqual(['error', 'code', 'request_id']);
  });
});

it('says which routes need the token, or the cookie of the console', () => {
  expect(document.components.securitySchemes).toEqual({
    bearer: { type: 'http', scheme: 'bearer' },
    session: { type: 'apiKey', in: 'cookie', name: 'herald_session' },
  });
  // Either of them.
  const either = [{ bearer: [] }, { session: [] }];
  expect(document.paths['/api/admin/events']!.get!.security).toEqual(expect.arrayContaining(either));
  expect(document.paths['/api/health']!.get!.security).toBeUndefined();
});

it('can be read by people', async () => {
  const { status, headers, text } = await send(api, '/api/docs');
  expect(status).toBe(200);
  expect(headers['content-type']).toContain('text/html');
  expect(text).toContain('swagger-ui');
});
