import { NotReplicatedError } from './replication';
import { isRedisTrouble } from './trouble';

describe('what is Redis’ trouble', () => {
  it.each([
    'Connection is closed.',
    'Command timed out',
    'Too many Cluster redirections. Last error: Error: CLUSTERDOWN',
    'None of startup nodes is available',
    "Cluster isn't ready",
    'connect EHOSTUNREACH 10.0.0.1:6379',
  ])('%s', (message) => expect(isRedisTrouble(new Error(message))).toBe(true));

  it('a replica that did not answer', () => expect(isRedisTrouble(new NotReplicatedError())).toBe(true));

  it('no mistake of ours', () => {
    expect(isRedisTrouble(new TypeError('x is not a function'))).toBe(false);
    expect(isRedisTrouble('Connection is closed.')).toBe(false);
  });
});
