import { type Logger, LogLevel } from '@slack/bolt';

/** For apps that a test makes fail. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => LogLevel.ERROR,
};
