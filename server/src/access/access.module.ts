import { Global, Logger, Module, type OnApplicationBootstrap, Inject } from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { RateLimiter } from '../redis/rate-limiter';
import { Sessions } from './session';
import { WrongTokens } from './wrong-tokens';

/** Who may operate. */
@Global()
@Module({
  providers: [
    {
      provide: Sessions,
      inject: [CONFIG],
      useFactory: ({ access }: ReadonlyConfig) => new Sessions(access.adminToken),
    },
    {
      provide: WrongTokens,
      inject: [RateLimiter],
      useFactory: (limiter: RateLimiter) => new WrongTokens(limiter),
    },
  ],
  exports: [Sessions, WrongTokens],
})
export class AccessModule implements OnApplicationBootstrap {
  constructor(@Inject(CONFIG) private readonly config: ReadonlyConfig) {}

  /** Only in development, and only where somebody signs in: production insists on a token of its own. */
  onApplicationBootstrap(): void {
    const { adminToken, adminTokenMadeUp } = this.config.access;
    if (this.config.process === 'api' && adminTokenMadeUp)
      new Logger('Access').warn(`ADMIN_TOKEN is not set; until the next start it is ${adminToken}`);
  }
}
