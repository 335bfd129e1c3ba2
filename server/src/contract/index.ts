export * from './admin';
export * from './device';
export * from './error';
export * from './event';
export * from './health';
export * from './message';
export * from './webhook';
