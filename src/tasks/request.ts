import { z } from 'zod';
import { capitalized, type Fields, fieldSchema, type Values } from './fields.ts';
import type { Kind } from './kind.ts';

/** What a person asked for, valid and complete, whichever way it came in. */
export interface TaskRequest {
  kind: Kind;
  values: Values<Fields>;
  /** A board by its id or short link, where the request names one. */
  board?: string | undefined;
  /** A channel of Slack's by its id, where a request over the API is to be shown there. */
  channel?: string | undefined;
}

/** What somebody typed into the text fields of a request: its title first, where the kind has one. */
export function textsOf({ kind: { fields }, values }: TaskRequest): string[] {
  const names = Object.keys(fields);
  const inputs = ['line', 'prose'] as const;
  const sorted = inputs.flatMap((input) => names.filter((name) => fields[name]?.input === input));
  return sorted.flatMap((name) => values[name] || []);
}

/** Where a request came from and who asked. */
export type Origin = SlackOrigin | ApiOrigin;

/** A program that uses the API. `claim`: the workspace that its token names, to which it then belongs. */
export interface ApiCaller {
  subject: string;
  claim?: string | undefined;
}

/** `team`: the workspace whose board or channel it is. `channel`: where the request is shown in Slack. */
export interface ApiOrigin extends ApiCaller {
  source: 'api';
  team?: string | undefined;
  channel?: string | undefined;
}

/** An origin with a place in Slack, where root message and thread are posted. */
export type OriginInSlack = SlackOrigin | (ApiOrigin & { team: string; channel: string });

/**
 * `channel` is the one that the person asked in; there is none behind a global shortcut, and all that is said comes as a
 * direct message. `channelName` is Slack's word for it (`privategroup` where the name is hidden; unknown in records of
 * earlier versions), `name` the person's name in Slack.
 */
export interface SlackOrigin {
  source: 'slack';
  team: string;
  channel?: string | undefined;
  channelName?: string | undefined;
  /** The message that the request was made of: what is said comes into its thread. */
  message?: SourceMessage | undefined;
  user: string;
  name: string;
}

/** A message in a channel of Slack. */
export interface SourceMessage {
  /** Slack's id of it within the channel. */
  ts: string;
  /** The `ts` of the message that it answers. */
  thread?: string | undefined;
  /** The name of who wrote it, where that is known. */
  author?: string | undefined;
  /** Leads to it; absent where the workspace's address is not known. */
  link?: string | undefined;
}

/** Whose a request is: the owner of its job. */
export function ownerOf(origin: Pick<SlackOrigin, 'source' | 'team' | 'user'> | ApiOrigin): string {
  return origin.source === 'slack' ? `slack:${origin.team}:${origin.user}` : ownerOfCaller(origin);
}

/** The same of a program: a subject of one workspace is nobody in another. */
export function ownerOfCaller({ subject, claim }: ApiCaller): string {
  return claim === undefined ? `api:${subject}` : `api@${claim}:${subject}`;
}

/** One thing that is wrong, and the field that it is wrong with. `field` is also the `block_id` of the form. */
export interface FieldProblem {
  field: string;
  message: string;
}

export type Parsed = { ok: true; request: TaskRequest } | { ok: false; problems: FieldProblem[] };

/** @see https://developer.atlassian.com/cloud/trello/guides/rest-api/object-definitions/ */
const boardField = z
  .string()
  .regex(
    /^(?:[\da-f]{24}|[\dA-Za-z]{8})$/,
    'Send the id of a board, or its short link: the 8 characters after trello.com/b/.',
  )
  .optional()
  .meta({
    description:
      'The board for the card, by its id or its short link; one that the workspace is connected to. Without it, the board of the channel, or else the one of the workspace.',
    examples: ['AbCd1234'],
  });

/** @see https://docs.slack.dev/reference/objects/conversation-object */
const channelField = z
  .string()
  .regex(
    /^[CG][\dA-Z]{2,20}$/,
    'Send the id of a channel, as it stands at the end of its details in Slack: C0123456789.',
  )
  .optional()
  .meta({
    description:
      'A channel of Slack, by its id: the task is shown there, with a thread that follows its card. Needs `tasks:notify` in the scope of the token. Without a `board` the card goes to the board of that channel.',
    examples: ['C0123456789'],
  });

/** The schema of one kind's request: `type`, its fields, a board and a channel, and nothing else. */
function kindSchema(kind: Kind) {
  const fields = Object.entries(kind.fields).map(([name, field]) => [name, fieldSchema(field)] as const);
  return z
    .strictObject({
      type: z.literal(kind.type).meta({ description: 'The kind of task.' }),
      ...Object.fromEntries(fields),
      board: boardField,
      channel: channelField,
    })
    .meta({
      title: kind.label,
      description: `${capitalized(kind.summary)}.`,
    });
}

type KindSchema = ReturnType<typeof kindSchema>;

/**
 * The schema of a request of any of `kinds`, `{type, ...fields}`, as it comes in over HTTP or from Slack's form. Every
 * problem is an issue, not only the first; a problem with the whole has an empty path.
 */
export function taskRequestSchema(kinds: readonly Kind[]) {
  const byType = new Map(kinds.map((kind) => [kind.type, kind]));
  const types = [...byType.keys()].join(', ');
  const union = z.discriminatedUnion('type', kinds.map(kindSchema) as [KindSchema, ...KindSchema[]], {
    error: ({ input }) =>
      typeof input === 'object' && input !== null
        ? `Choose a type, one of: ${types}.`
        : `Send an object with a type (one of: ${types}) and the fields of that type.`,
  });
  // A list would count as an object without a type.
  return z
    .preprocess((input) => (Array.isArray(input) ? undefined : input), union)
    .transform(
      ({ type, board, channel, ...values }): TaskRequest => ({
        kind: byType.get(type) as Kind,
        values,
        ...(board !== undefined && { board }),
        ...(channel !== undefined && { channel }),
      }),
    );
}

/** Reads a request as {@link taskRequestSchema} describes it. */
export function createRequestParser(kinds: readonly Kind[]): (input: unknown) => Parsed {
  const schema = taskRequestSchema(kinds);
  return (input) => {
    const { data, error } = schema.safeParse(input);
    return error ? { ok: false, problems: error.issues.flatMap(toProblems) } : { ok: true, request: data };
  };
}

function toProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') return unknownFields(issue.keys);
  return [{ field: issue.path.join('.'), message: issue.message }];
}

const UNKNOWN_FIELD = 'This type has no such field. Leave it out.';
const UNKNOWN_SHOWN = 5;
const UNKNOWN_LENGTH = 60;

/** The problems of fields that the type does not have: a few by name, clipped, so that no answer outgrows its request. */
export function unknownFields(names: readonly string[]): FieldProblem[] {
  const problems = names.slice(0, UNKNOWN_SHOWN).map((name) => ({
    field: name.length > UNKNOWN_LENGTH ? `${name.slice(0, UNKNOWN_LENGTH - 1)}…`.toWellFormed() : name,
    message: UNKNOWN_FIELD,
  }));
  const more = names.length - problems.length;
  if (more === 0) return problems;
  const message = `${more} more ${more > 1 ? 'fields are' : 'field is'} unknown to this type. Leave ${more > 1 ? 'them' : 'it'} out.`;
  return [...problems, { field: '', message }];
}

/** A valid request of a kind, made of its fields' examples. */
export function exampleRequest({ type, fields }: Kind): Record<string, string> {
  const values = Object.entries(fields).map(([name, { example }]) => [name, example] as const);
  return { type, ...Object.fromEntries(values) };
}
