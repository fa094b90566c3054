import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { type Flow, runFlow } from '../../src/jobs/flow.ts';
import { newJob } from '../../src/jobs/job.ts';
import { describeEveryStore } from '../store/contract/stores.ts';

/** A world outside in which parcels are sent, with a way to lose an answer. */
function createPost() {
  const sent: string[] = [];
  const trouble: { before?: AppError; after?: AppError }[] = [];
  return {
    sent,
    trouble,
    async send(parcel: string): Promise<string> {
      const { before, after } = trouble.shift() ?? {};
      if (before) throw before;
      sent.push(parcel);
      if (after) throw after;
      return parcel;
    },
  };
}

const error = (retry: 'never' | 'later' | 'ambiguous') =>
  new AppError({ code: `post_${retry}`, retry, userMessage: `The post is ${retry}.` });

interface Parcel {
  parcel: string;
}
interface ParcelResults {
  wrap: string;
  send: string;
  thank: true | null;
}

/** A flow that the program does not have: three steps, of which the second may take effect once only. */
function parcelFlow(post: ReturnType<typeof createPost>, thanks: string[]): Flow<Parcel, ParcelResults> {
  return {
    name: 'parcel',
    steps: [
      {
        name: 'wrap',
        prepare:
          async ({ state }) =>
          async () =>
            `wrapped ${state.parcel}`,
      },
      {
        name: 'send',
        prepare:
          async ({ steps }) =>
          () =>
            post.send(String(steps.wrap?.result)),
        once: {
          settlesWithin: 50,
          find: async ({ steps }) => post.sent.find((parcel) => parcel === steps.wrap?.result),
        },
        logFields: (parcel) => ({ parcel: parcel.length }),
      },
      {
        name: 'thank',
        when: () => true,
        prepare:
          async ({ state, failure }) =>
          async () => {
            thanks.push(failure ? `no ${state.parcel}: ${failure.code}` : state.parcel);
            return true;
          },
        ifRefused: null,
      },
    ],
  };
}

describeEveryStore((at) => {
  function prepare() {
    const post = createPost();
    const thanks: string[] = [];
    const events = createEvents();
    const seen: string[] = [];
    events.on('stepDone', (job, step) => seen.push(`${step} ${job.id}`));
    events.on('waiting', (job, { code }) => seen.push(`waiting ${job.id} ${code}`));
    events.on('givenUp', (job, step, { code }) => seen.push(`given up ${step} ${job.id} ${code}`));
    events.on('finished', (job) => seen.push(`finished ${job.id} ${job.status}`));
    const flow = parcelFlow(post, thanks);
    at.store.queue.work(flow.name, runFlow(flow, { events, random: () => 0 }), 4);
    const add = (id: string) =>
      at.store.queue.add(newJob({ id, flow: flow.name, state: { parcel: id } }, Date.now()));
    return { post, thanks, seen, add };
  }

  test('a flow takes its steps in order and tells who watches', async () => {
    const { post, thanks, seen, add } = prepare();
    await add('book');
    const done = await at.settledAs('book', 'done');
    expect(done.steps).toEqual({
      wrap: { result: 'wrapped book' },
      send: { result: 'wrapped book' },
      thank: { result: true },
    });
    expect([post.sent, thanks]).toEqual([['wrapped book'], ['book']]);
    expect(seen).toEqual(['wrap book', 'send book', 'thank book', 'finished book done']);
  });

  test('an unknown outcome is looked for, and its effect happens once', async () => {
    const { post, seen, add } = prepare();
    post.trouble.push({ after: error('ambiguous') });
    await add('lamp');
    await at.settledAs('lamp', 'done');
    expect(post.sent).toEqual(['wrapped lamp']);
    expect(seen).toContain('waiting lamp post_ambiguous');
  });

  test('a refusal fails the job, and the steps that apply to a failed job are taken', async () => {
    const { post, thanks, seen, add } = prepare();
    post.trouble.push({ before: error('never') });
    await add('knife');
    const failed = await at.settledAs('knife', 'failed');
    expect(failed.failure).toEqual({
      step: 'send',
      code: 'post_never',
      reason: 'The post is never.',
      detail: 'The post is never.',
    });
    expect(thanks).toEqual(['no knife: post_never']);
    expect(seen).toContain('given up send knife post_never');
    expect(await at.store.queue.retry('knife')).toBe(true);
    const done = await at.settledAs('knife', 'done');
    expect(done.failure).toBeUndefined();
    expect(thanks).toEqual(['no knife: post_never', 'knife']);
    expect(seen.filter((line) => line === 'wrap knife')).toHaveLength(1);
  });

  test('a step that may follow the others holds up none of them, and is taken once in the end', async () => {
    const taken: string[] = [];
    const troubles = [error('later'), error('later')];
    const flow: Flow<null, { bell: string; door: string }> = {
      name: 'visit',
      steps: [
        {
          name: 'bell',
          mayFollow: true,
          prepare: async () => async () => {
            const trouble = troubles.shift();
            if (trouble) throw trouble;
            taken.push('bell');
            return 'rung';
          },
          once: { settlesWithin: 0, find: async () => (taken.includes('bell') ? 'rung' : undefined) },
        },
        {
          name: 'door',
          prepare: async () => async () => {
            taken.push('door');
            return 'open';
          },
        },
      ],
    };
    const events = createEvents();
    const postponed: string[] = [];
    events.on('postponed', (_, step, { code }) => postponed.push(`${step} ${code}`));
    at.store.queue.work(flow.name, runFlow(flow, { events, random: () => 0 }), 4);
    await at.store.queue.add(newJob({ id: 'visit-1', flow: flow.name, state: null }, Date.now()));
    expect((await at.settledAs('visit-1', 'done')).steps).toEqual({
      bell: { result: 'rung' },
      door: { result: 'open' },
    });
    expect(taken).toEqual(['door', 'bell']);
    expect(postponed).toEqual(['bell post_later', 'bell post_later']);
  });

  test('a standing job begins with its first step at each run, and a nudge during a run makes one more', async () => {
    const read: string[] = [];
    const inbox = ['a', 'b'];
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    onTestFinished(() => released.resolve());
    const flow: Flow<null, { read: number; tell: true }> = {
      name: 'inbox',
      standing: true,
      steps: [
        {
          name: 'read',
          prepare: async () => async () => {
            const news = inbox.splice(0);
            read.push(news.join());
            return news.length;
          },
        },
        {
          name: 'tell',
          prepare: async () => async () => {
            arrived.resolve();
            await released.promise;
            return true;
          },
        },
      ],
    };
    at.store.queue.work(flow.name, runFlow(flow, { events: createEvents() }), 4);
    const nudge = () => at.store.queue.nudge({ id: 'inbox-1', flow: flow.name, state: null }, Date.now());
    await nudge();
    await arrived.promise;
    inbox.push('c');
    await nudge();
    inbox.push('d');
    await nudge();
    expect(read).toEqual(['a,b']);
    released.resolve();
    await expect.poll(() => read).toEqual(['a,b', 'c,d']);
    expect((await at.settledAs('inbox-1', 'done')).steps).toEqual({});
    await pause(100);
    expect(read).toEqual(['a,b', 'c,d']);
  });
});
