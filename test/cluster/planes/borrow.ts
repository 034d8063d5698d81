import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';

/** A control plane that nobody else uses until it is given back. */
export interface Loan extends Disposable {
  /** Of `system:masters`. */
  readonly kubeconfig: string;
  /** As the executor of a node has it. */
  readonly nodeKubeconfig: string;
  /** Of this host, where the API server can reach an executor. */
  readonly address: string;
}

/** @param nodeName of the executor that will use it @throws Error when this run has none to lend */
export async function borrowPlane(nodeName: string): Promise<Loan> {
  const planes = inject('planes');
  if ('missing' in planes) throw new Error(planes.missing);
  const socket = connect(planes.socket);
  socket.write(`${JSON.stringify({ nodeName })}\n`);
  const lines = createInterface({ input: socket });
  const [line] = (await once(lines, 'line')) as [string];
  const answer = JSON.parse(line) as Omit<Loan, typeof Symbol.dispose> & { error?: string };
  if (answer.error !== undefined) throw new Error(`no control plane: ${answer.error}`);
  return { ...answer, [Symbol.dispose]: () => void socket.destroy() };
}
