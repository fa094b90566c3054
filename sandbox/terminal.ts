import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { z } from 'zod';

const entry = z.looseObject({
  level: z.string(),
  time: z.iso.datetime(),
  msg: z.string().default(''),
  err: z.looseObject({ message: z.string() }).optional(),
});

/** Longer values end with “…”: an event is one line. Characters. */
const LONGEST_VALUE = 160;

/**
 * Where the bridge's log goes here: its lines of JSON become short lines for a person, one an event, without stacks.
 * In colour only where `terminal` is one.
 */
export function createShortLines(terminal: Writable) {
  const paint = (style: 'dim' | 'red' | 'yellow', text: string) =>
    styleText(style, text, { stream: terminal });

  return {
    write(line: string): void {
      terminal.write(`${short(line)}\n`);
    },
  };

  function short(line: string): string {
    const { level, time, msg, err, code, ...fields } = entry.parse(JSON.parse(line));
    const clock = paint('dim', new Date(time).toTimeString().slice(0, 8));
    const words = [msg, err?.message].filter(Boolean).map((text) => oneLine(String(text)));
    const text = words.join(': ');
    const serious = level === 'error' || level === 'fatal' ? 'red' : level === 'warn' ? 'yellow' : undefined;
    const details = Object.entries(fields).map(([name, value]) => `${name} ${oneLine(value)}`);
    return [
      clock,
      serious ? paint(serious, text) : text,
      details.length > 0 && paint('dim', details.join(' ')),
    ]
      .filter(Boolean)
      .join('  ');
  }
}

/** Control characters of a logged text could move the cursor or hide other lines. */
function oneLine(value: unknown): string {
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\p{Cc}+/gu, ' ').trim();
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}
