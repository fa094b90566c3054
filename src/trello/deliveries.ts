import { z } from 'zod';
import type { BoardOf } from '../flows/card-activity/link.ts';
import type { NoteRefusal, RefusalWindow } from '../workspaces/refusals.ts';
import { checkSignature } from './webhooks.ts';

/** A comment that somebody has edited or deleted. */
export interface ChangedComment {
  /** The id of the action that changed it. */
  action: string;
  /** The id of the action by which it was made. */
  comment: string;
  card: string;
  by: { id?: string; name: string };
  /** Milliseconds since 1970. */
  at: number;
}

/**
 * What was done with a request to a webhook's address. `forged`: it is not signed with the secret of the API key. `gone`:
 * the board is not connected (any more). `early`: it is not known yet which boards are connected.
 */
export type Receipt = 'noted' | 'forged' | 'gone' | 'early';

/** The path of the addresses to which Trello delivers; behind it come Slack's id of the workspace and the board's id. */
export const WEBHOOK_PATH = '/trello/webhook';

/** Entries in the audit: of each workspace, and of what is forged. */
const NOTED: Omit<RefusalWindow, 'name'> = { limit: 100, milliseconds: 60 * 60_000 };

/** Of a delivery no more is believed than which board to read, and which comment: the board's history is the truth. */
const deliverySchema = z.object({
  action: z.object({
    id: z.string(),
    type: z.enum(['updateComment', 'deleteComment']),
    date: z.iso.datetime().transform((text) => Date.parse(text)),
    memberCreator: z.object({ id: z.string(), fullName: z.string().optional() }).optional(),
    data: z.object({ action: z.object({ id: z.string() }), card: z.object({ id: z.string() }) }),
  }),
});

/**
 * What Trello posts to the addresses of webhooks. `changed` must be durable when it resolves: after a 200 Trello does not
 * send an action again.
 */
export function createDeliveries({
  publicUrl,
  secret,
  isConnected,
  changed,
  noteRefusal,
}: {
  publicUrl: string;
  /** Of the API key. */
  secret: string;
  /** `undefined`: not known yet. */
  isConnected: (board: BoardOf) => Promise<boolean | undefined>;
  changed: (board: BoardOf, comment: ChangedComment | undefined) => Promise<void>;
  noteRefusal: NoteRefusal;
}) {
  /** As it is registered, and so as it is signed, whatever a proxy makes of it. */
  const callbackUrl = ({ team, board }: BoardOf) => `${publicUrl}${WEBHOOK_PATH}/${team}/${board}`;

  async function receiptFor(board: BoardOf): Promise<Exclude<Receipt, 'forged'>> {
    const known = await isConnected(board);
    if (known === undefined) return 'early';
    return known ? 'noted' : 'gone';
  }

  /** The workspace is that of the address, which Trello has signed with the rest; of a forged one nothing is believed. */
  async function noteRefused({ team, board }: BoardOf, receipt: 'forged' | 'gone'): Promise<void> {
    const isForged = receipt === 'forged';
    const what = isForged ? 'it is not signed by Trello' : `board ${board} is not connected there`;
    const name = `webhook-refused-${isForged ? 'forged' : team}`;
    await noteRefusal(
      { name, ...NOTED },
      {
        team: isForged ? 'unknown' : team,
        who: isForged ? 'unknown' : 'trello',
        what: `a webhook’s delivery: ${what}`,
      },
    );
  }

  return {
    callbackUrl,
    /** For `HEAD`, with which Trello looks whether there is somebody at the address before it makes a webhook. */
    look: receiptFor,
    /** `body`: byte for byte as it came. `signature`: the header `X-Trello-Webhook`. */
    async receive(
      board: BoardOf,
      body: Uint8Array,
      signature: string | readonly string[] | undefined,
    ): Promise<Receipt> {
      if (!checkSignature(body, callbackUrl(board), signature, secret)) {
        await noteRefused(board, 'forged');
        return 'forged';
      }
      const receipt = await receiptFor(board);
      if (receipt === 'gone') await noteRefused(board, 'gone');
      if (receipt === 'noted') await changed(board, changedComment(body));
      return receipt;
    },
  };
}

export type Deliveries = ReturnType<typeof createDeliveries>;

function changedComment(body: Uint8Array): ChangedComment | undefined {
  const { data } = deliverySchema.safeParse(parseJson(body));
  if (!data) return undefined;
  const { id, date, memberCreator, data: changed } = data.action;
  const by = { ...(memberCreator && { id: memberCreator.id }), name: memberCreator?.fullName ?? '' };
  return { action: id, comment: changed.action.id, card: changed.card.id, by, at: date };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}
