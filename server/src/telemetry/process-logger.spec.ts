import type { Logger } from 'nestjs-pino';
import { ProcessLogger } from './process-logger';

const LEVELS = ['log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const;

/** What reaches pino: level and arguments. */
function recorded() {
  const lines: unknown[][] = [];
  const take = (level: string) => [level, (...args: unknown[]) => void lines.push([level, ...args])];
  const pino = Object.fromEntries(LEVELS.map(take)) as unknown as Logger;
  return { lines, logger: new ProcessLogger(pino) };
}

it.each(LEVELS)('hands %s on as it is', (level) => {
  const { lines, logger } = recorded();
  logger[level]({ msg: 'hello' }, 'Notifier');
  expect(lines).toEqual([[level, { msg: 'hello' }, 'Notifier']]);
});

it.each(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication'])(
  'has what %s tells at every start for those who debug',
  (context) => {
    const { lines, logger } = recorded();
    logger.log('dependencies initialized', context);
    logger.error('went wrong', context);
    expect(lines).toEqual([
      ['debug', 'dependencies initialized', context],
      ['error', 'went wrong', context],
    ]);
  },
);
