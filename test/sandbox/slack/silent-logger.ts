import { type Logger, LogLevel } from '@slack/bolt';

/** For apps whose trouble is what a test is about. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => LogLevel.ERROR,
};
