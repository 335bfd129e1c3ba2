import { type Callback, Cluster, type Command } from 'ioredis';

/**
 * A Redis Cluster that keeps the promise of a single connection: no command waits for a cluster that is away. ioredis' own
 * `enableOfflineQueue: false` also refuses commands to a node that is just being connected to, as after every failover;
 * here those wait, for their deadline at most.
 */
export class FailFastCluster extends Cluster {
  override sendCommand(command: Command, ...rest: unknown[]): unknown {
    // CLUSTER is how ioredis itself finds out whether it is ready.
    if (this.status === 'ready' || command.name === 'cluster')
      return super.sendCommand(command, ...(rest as [never, never]));
    command.reject(new Error("Cluster isn't ready"));
    return command.promise;
  }

  /** ioredis sets the timer of its next refresh when one ends, even if the cluster was closed meanwhile: for ever. */
  override refreshSlotsCache(callback?: Callback<void>): void {
    super.refreshSlotsCache((error, result) => {
      if (this.status !== 'disconnecting' && this.status !== 'end') callback?.(error, result);
    });
  }
}
