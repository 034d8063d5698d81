import { createInformer } from '../../../executor/controller/informer.ts';
import type { ApiClient } from '../../../schemas/client/client.ts';
import { resourceOf } from '../../../schemas/client/paths.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

const log = { info: () => {}, warn: (message: string) => console.error(message), error: console.error };

/** Counts the machines that run. A server ends a watch whose reader is slow, so it is an informer that counts. */
export async function countRunning(client: ApiClient): Promise<{ until(count: number): Promise<void>; close(): void }> {
  const running = new Set<string>();
  let wake = () => {};
  const informer = createInformer<VirtualMachine>({
    client,
    log,
    type: resourceOf(kinds.VirtualMachine),
    onChange: (_previous, current) => {
      if (current?.status?.powerState !== 'Running') return;
      running.add(current.metadata.name);
      wake();
    },
  });
  await informer.synced;
  return {
    until: (count) =>
      new Promise((resolve) => {
        wake = () => running.size >= count && resolve();
        wake();
      }),
    close: () => informer.close(),
  };
}
