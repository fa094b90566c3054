import fc from 'fast-check';

/** A body for Slack's endpoint, and how it comes. */
export interface SlackRequest {
  body: string;
  type: string | undefined;
  signature: 'good' | 'of another secret' | 'of another time' | 'garbage' | 'none';
}

const TYPES = [
  'view_submission',
  'view_closed',
  'block_actions',
  'block_suggestion',
  'shortcut',
  'message_action',
];

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    '\u0000',
    '\ud800',
    '🚀'.repeat(500),
    '{}',
    '[]',
    'null',
    'x'.repeat(4_000),
  ),
);
const oddValue = fc.oneof(
  oddText,
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1e308,
    [],
    {},
    [[]],
    { id: null },
    { value: 7 },
    { toString: 1 },
    { length: -1 },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** `usual`, or something that Slack would not send in its place, or nothing. */
function mostly(usual: unknown): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: oddValue },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

const user = mostly({ id: 'U0HOSTILE', name: 'ana', team_id: 'T0HOSTILE' });
const team = mostly({ id: 'T0HOSTILE', domain: 'spacex' });

const element = fc.oneof(
  { weight: 3, arbitrary: oddText.map((value) => ({ type: 'plain_text_input', value })) },
  { weight: 1, arbitrary: fc.constant({ type: 'static_select', selected_option: { value: 'issue' } }) },
  { weight: 1, arbitrary: oddValue },
);
const values = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: { type: { selected_option: { value: 'bug' } } } }) },
  {
    weight: 4,
    arbitrary: fc.dictionary(oddText, fc.oneof(fc.dictionary(oddText, element), oddValue), { maxKeys: 5 }),
  },
  { weight: 1, arbitrary: oddValue },
);

const view = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      id: mostly('V0HOSTILE'),
      team_id: mostly('T0HOSTILE'),
      hash: mostly('1.x'),
      type: mostly('modal'),
      callback_id: mostly('task'),
      private_metadata: mostly('{"channel":"C0HOSTILE"}'),
      blocks: mostly([
        {
          type: 'input',
          block_id: 'type',
          element: { type: 'static_select', action_id: 'type', initial_option: { value: 'bug' } },
        },
        { type: 'input', block_id: 'description', element: { type: 'plain_text_input', action_id: 'prose' } },
      ]),
      state: fc.oneof({ weight: 6, arbitrary: fc.record({ values }) }, { weight: 1, arbitrary: oddValue }),
    }),
  },
  { weight: 1, arbitrary: oddValue },
);

const message = fc.record({
  ts: mostly('1.0'),
  thread_ts: mostly('1.0'),
  user: mostly('U0HOSTILE'),
  text: fc.oneof(oddText, fc.constantFrom('<!channel>', '<@|>', '<|>', '<'.repeat(4_000), '<!date^>')),
  blocks: mostly([{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [7, null] }] }]),
  attachments: mostly([{ text: 7, blocks: [[]] }]),
  files: mostly([{ name: '](https://evil.example)', permalink: 'javascript:alert(1)' }]),
  bot_id: mostly('B0HOSTILE'),
});

const interaction = fc.record({
  type: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...TYPES) }, { weight: 1, arbitrary: oddValue }),
  user,
  team,
  view,
  trigger_id: mostly('1.2.3'),
  api_app_id: mostly('A0HOSTILE'),
  token: mostly('x'),
  callback_id: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('task', 'new_task', 'create_task_from_message') },
    { weight: 1, arbitrary: oddValue },
  ),
  channel: mostly({ id: 'C0HOSTILE', name: 'rockets' }),
  message: fc.oneof({ weight: 8, arbitrary: message }, { weight: 1, arbitrary: oddValue }),
  // Never an address of the world: whoever signs with the secret is believed where to answer.
  response_url: fc.constantFrom(undefined, '', 'nowhere', 'http://127.0.0.1:1/', 7, null),
  is_enterprise_install: mostly(false),
  actions: mostly([
    { type: 'static_select', action_id: 'type', block_id: 'type', selected_option: { value: 'bug' } },
  ]),
});

const command = fc.record({
  command: mostly('/spacex-task'),
  text: fc.oneof(oddText, fc.constantFrom('help', 'bug x', 'issue', `bug ${'x'.repeat(5_000)}`)),
  trigger_id: mostly('1.2.3'),
  channel_id: mostly('C0HOSTILE'),
  user_id: mostly('U0HOSTILE'),
  team_id: mostly('T0HOSTILE'),
  response_url: fc.constantFrom(undefined, '', 'nowhere', 'http://127.0.0.1:1/'),
});

const event = fc.record({
  type: fc.constantFrom('event_callback', 'url_verification', 'app_rate_limited', 'nothing'),
  challenge: mostly('abc'),
  team_id: mostly('T0HOSTILE'),
  event: mostly({ type: 'message', text: 'x', user: 'U0HOSTILE', channel: 'C0HOSTILE' }),
  authorizations: mostly([{ team_id: 'T0HOSTILE', is_bot: true }]),
});

const asForm = (fields: Record<string, unknown>) =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
      return `${encodeURIComponent(name)}=${encodeURIComponent(text.toWellFormed())}`;
    })
    .join('&');

const payload = (json: string) => `payload=${encodeURIComponent(json.toWellFormed())}`;

const content = fc.oneof(
  { weight: 8, arbitrary: interaction.map((value) => payload(JSON.stringify(value))) },
  { weight: 4, arbitrary: command.map(asForm) },
  { weight: 2, arbitrary: event.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: oddValue.map((value) => payload(JSON.stringify(value))) },
  { weight: 1, arbitrary: interaction.map((value) => payload(JSON.stringify(value).slice(0, -7))) },
  { weight: 1, arbitrary: interaction.map((value) => `${payload(JSON.stringify(value))}&${payload('{}')}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'payload=',
      'payload=%ZZ',
      'payload[]=1',
      'ssl_check=1',
      'ssl_check=1&token=x',
      '__proto__=1&payload={}',
      `payload=${encodeURIComponent(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)}`,
      `payload=${encodeURIComponent('{"__proto__":{"polluted":true},"type":"view_submission"}')}`,
      `payload=${encodeURIComponent('{"type":"view_submission","view":{"callback_id":"task"}}')}`,
      'command=%2Fspacex-task',
      'command=%2Fspacex-task&command=%2Fspacex-task&text=a&text=b',
    ),
  },
);

const FORM = 'application/x-www-form-urlencoded';

/** Requests to Slack's endpoint of every sort, most of them signed as Slack would sign them. */
export const slackRequests: fc.Arbitrary<SlackRequest> = fc.record({
  body: content,
  type: fc.oneof(
    { weight: 8, arbitrary: fc.constant(FORM) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'application/json',
        `${FORM}; charset=utf-8`,
        'text/plain',
        'multipart/form-data; boundary=x',
        ';',
        undefined,
      ),
    },
  ),
  signature: fc.oneof(
    { weight: 12, arbitrary: fc.constant('good' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('of another secret', 'of another time', 'garbage', 'none'),
    },
  ),
});
