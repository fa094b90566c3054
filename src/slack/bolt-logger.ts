import { inspect } from 'node:util';
import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import type { Logger } from 'pino';

/** The same log in the shape that Slack's libraries want. Their `debug` is our `trace`: it shows whole requests. */
export function boltLogger(log: Logger): BoltLogger {
  const write =
    (level: 'trace' | 'info' | 'warn' | 'error') =>
    (...parts: unknown[]) => {
      log[level](
        parts.map((part) => (typeof part === 'string' ? part : inspect(part, { depth: 2 }))).join(' '),
      );
    };
  return {
    debug: write('trace'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel() {},
    getLevel: () => BOLT_LEVELS[log.level] ?? LogLevel.INFO,
    setName() {},
  };
}

const BOLT_LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: LogLevel.DEBUG,
  debug: LogLevel.INFO,
  info: LogLevel.INFO,
  warn: LogLevel.WARN,
  error: LogLevel.ERROR,
  fatal: LogLevel.ERROR,
};
