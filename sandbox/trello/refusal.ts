/** An error response. `body` is text, or an object where Trello sends JSON. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: string | Record<string, unknown>;

  constructor(status: number, body: string | Record<string, unknown>) {
    super(`${status} ${typeof body === 'string' ? body : JSON.stringify(body)}`);
    this.name = 'Refusal';
    this.status = status;
    this.body = body;
  }
}

export function invalidValue(name: string): Refusal {
  return new Refusal(400, `invalid value for ${name}`);
}

export function invalidId(): Refusal {
  return new Refusal(400, 'invalid id');
}

/** For an unknown board or card. */
export function resourceNotFound(): Refusal {
  return new Refusal(404, 'The requested resource was not found.');
}

/** For an unknown list, label, member or action. */
export function modelNotFound(): Refusal {
  return new Refusal(404, 'model not found');
}

/** For a card on a full board or list. Trello does not document its words. */
export function tooManyCards(): Refusal {
  return new Refusal(403, { message: 'No more cards', error: 'ERROR' });
}

/** For a member who is not on the board. */
export function invalidObjectId(): Refusal {
  return new Refusal(400, { message: 'Invalid objectId', error: 'ERROR' });
}

/** For what the token's member may not see or do. The words are those for missing credentials; not verified. */
export function notAllowed(): Refusal {
  return new Refusal(401, 'unauthorized permission requested');
}
