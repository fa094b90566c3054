import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on 127.0.0.1 that can stop forwarding while it keeps every connection open. */
export interface TcpProxy {
  readonly port: number;
  /** From now on it accepts connections and reads nothing, in either direction. */
  hold(): void;
  /** What was held goes on its way. */
  release(): void;
  /** Ends every connection. */
  drop(): void;
  /** From now on what was sent so far gets no answer for ever; new connections are forwarded. */
  forget(): void;
  close(): Promise<void>;
}

/** `target`: the port that a new connection goes to; without one it is refused. `onAnswer` gets what comes back. */
export async function startTcpProxy(
  target: () => number | undefined,
  onAnswer: (chunk: Buffer) => void = () => {},
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let held = false;
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const port = target();
    if (port === undefined) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    far.on('data', onAnswer);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (held) from.pause();
      else from.resume();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      held = true;
      for (const socket of sockets) socket.pause();
    },
    release() {
      held = false;
      for (const socket of sockets) socket.resume();
    },
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    forget() {
      held = false;
      for (const socket of sockets) {
        socket.pause();
        sockets.delete(socket);
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
