import { type Answer, type Call, kubectl, send, type Watch, watch } from './answer.ts';
import { compare, type Difference, type Transcript } from './compare.ts';
import { normaliser } from './normalise.ts';
import type { ServerAccess } from './servers.ts';

/** What a scenario does to one server. Each answer is written down under its step's name, which is unique. */
export interface Session {
  /** A namespace that only this scenario uses. */
  readonly namespace: string;
  send(step: string, call: Call): Promise<Answer>;
  /** Sends a request whose answer is not compared. */
  ask(call: Call): Promise<Answer>;
  watch(step: string, path: string, accept?: string): Promise<Watch>;
  kubectl(step: string, args: readonly string[], input?: string): Promise<Answer>;
}

export type Scenario = (session: Session) => Promise<void>;
export type Scenarios = Readonly<Record<string, Scenario>>;

/** One of the two that must answer alike. */
export interface Side {
  /** Gets the scenario's requests. */
  readonly access: ServerAccess;
  /** Has the namespaces. */
  readonly core: ServerAccess;
  /** Where kubectl finds all kinds at once. */
  readonly kubeconfig: string;
}

/** Plays a scenario on both servers. @returns where their answers differ once normalised */
export async function play(
  pair: { readonly embedded: Side; readonly real: Side },
  namespace: string,
  scenario: Scenario,
): Promise<Difference[]> {
  const [embedded, real] = await Promise.all([
    transcript(pair.embedded, namespace, scenario),
    transcript(pair.real, namespace, scenario),
  ]);
  return compare(embedded, real);
}

async function transcript(
  { access, core, kubeconfig }: Side,
  namespace: string,
  scenario: Scenario,
): Promise<Transcript> {
  const steps = new Map<string, Answer>();
  const normalise = normaliser();
  const note = (step: string, answer: Answer): Answer => {
    if (steps.has(step)) throw new Error(`two steps of a scenario are called "${step}"`);
    steps.set(step, normalise(answer));
    return answer;
  };
  await createNamespace(core, namespace);
  await scenario({
    namespace,
    send: async (step, call) => note(step, await send(access, call)),
    ask: (call) => send(access, call),
    watch: async (step, path, accept) => {
      const opened = await watch(access, path, accept);
      let turn = 0;
      return { close: opened.close, take: async (count) => note(`${step} ${++turn}`, await opened.take(count)) };
    },
    kubectl: async (step, args, input) => note(step, await kubectl(kubeconfig, args, input)),
  });
  return steps;
}

async function createNamespace(core: ServerAccess, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const { status } = await send(core, { method: 'POST', path: '/api/v1/namespaces', body });
  if (status !== 201) throw new Error(`namespace ${name} of ${core.url}: HTTP ${status}`);
}
