import { boolean, string } from '@oclif/core/flags';
import type { Session } from '../../api/connect.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { Failure } from '../../errors.ts';
import { timeoutFlag, timeoutMs } from '../../flags.ts';
import type { Host } from '../../import/remote/connect.ts';
import { objectName } from '../../names.ts';
import { accountSubject, accountUid } from '../../node/account.ts';
import { type Joining, take } from '../../node/apply.ts';
import { requireCluster } from '../../node/cluster.ts';
import { nodeKubeconfig, type Places, places, runScript } from '../../node/files.ts';
import { hostFlags, openHost, parseLogin, placesOf } from '../../node/host.ts';
import { initOf, inits } from '../../node/init.ts';
import { observeNode, remarksOn } from '../../node/observe.ts';
import { executorPackage } from '../../node/package.ts';
import { planNode, STEPS, type Wanted } from '../../node/plan.ts';
import { must } from '../../node/remote.ts';
import { lastHeard, waitForReport } from '../../node/reports.ts';

/** What `uname -m` says of the architectures that Node names. */
const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

export default class NodeAdd extends ApiCommand {
  static override summary =
    'Make a host a node of the cluster: copy the executor there, give it a credential, start it.';
  static override description = `${NodeAdd.summary}
Run again, it changes what differs and nothing else: so a newer vmctl upgrades the node, whose guests go on.`;
  static override examples = [
    '<%= config.bin %> node add root@node-3',
    '<%= config.bin %> node add root@node-3 --dry-run',
    '<%= config.bin %> node add root@192.0.2.3:2222 --name node-3 --server https://192.0.2.1:6443',
  ];
  static override args = { host: requiredArg('host to log in to by SSH: [USER@]HOST[:PORT]') };
  static override flags = {
    ...hostFlags,
    name: string({ helpValue: 'NAME', description: "Name of the node; the host's where not given." }),
    server: string({
      helpValue: 'URL',
      description: "Address of the API server as the node sees it; the context's where not given.",
    }),
    argument: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'WORD',
      description: 'Argument for vm-executor, as --argument=--allow-extra-arguments; may be repeated.',
    }),
    'dry-run': boolean({ description: 'Only say what would be done.' }),
    timeout: timeoutFlag('2m'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NodeAdd);
    const login = parseLogin(args.host, flags['identity-file']);
    const at = placesOf(flags);
    const session = await this.connect(flags);
    await requireCluster(session, 'add');
    using host = await openHost(login, (text) => this.note(text));
    const name = objectName(flags.name ?? (await must(host, ['uname', '-n'])).toLowerCase(), 'node name');
    const joining = await this.prepare(session, host, at, { name, server: flags.server, words: flags.argument ?? [] });
    const steps = planNode(await observeNode(host, at, joining.init), joining.wanted);
    for (const remark of await remarksOn(host)) this.note(remark);
    if (flags['dry-run']) {
      for (const step of steps) this.say(`${name}: would ${STEPS[step]}`);
    } else {
      await this.apply(joining, steps, timeoutMs(flags.timeout));
    }
    const done = flags['dry-run'] ? 'to be configured (dry run)' : 'configured';
    this.say(`node/${name} ${steps.length === 0 ? 'unchanged' : done}`);
  }

  private async prepare(
    session: Session,
    host: Host,
    at: Places,
    { name, server, words }: { name: string; server: string | undefined; words: readonly string[] },
  ): Promise<Joining> {
    const { client } = session;
    const machine = await must(host, ['uname', '-m']);
    if (machine !== MACHINES[process.arch])
      throw new Failure(
        'failed',
        `${host.name} is ${machine} and this program is for ${process.arch}`,
        `run vmctl node add on a machine that is ${machine}`,
      );
    const program = await executorPackage(this.config.root);
    const init = inits[await initOf(host)];
    this.note(`${name}: started by ${init.title}`);
    const { url, ca } = serverOf(session, server);
    const wanted: Wanted = {
      release: places(at).release(program.digest),
      ...{ kubeconfig: nodeKubeconfig(at, url), ca, run: runScript(at, name, words), service: init.wanted(at) },
      ...{ accountUid: await accountUid(client, name), subject: accountSubject(name), now: Date.now() },
    };
    return { client, node: name, host, at, init, program, wanted };
  }

  private async apply(joining: Joining, steps: ReturnType<typeof planNode>, limitMs: number): Promise<void> {
    const { client, node, host, at } = joining;
    const before = await lastHeard(client, node);
    for (const step of steps) {
      this.note(`${node}: ${STEPS[step]}`);
      await take[step](joining);
    }
    if (!steps.includes('start') && !steps.includes('restart')) return;
    this.note(`${node}: waiting until its executor reports`);
    const hint = `see on ${host.name}: journalctl -u vm-executor, or ${places(at).log}`;
    await waitForReport(client, node, before, limitMs, hint);
  }
}

/** Where the node finds the API server, and by which CA it knows it. */
function serverOf({ endpoint, context }: Session, server: string | undefined): { url: string; ca: string } {
  const ca = 'url' in endpoint ? endpoint.tls?.ca : undefined;
  if (!('url' in endpoint) || ca === undefined)
    throw new Failure(
      'failed',
      `the context ${context} names no certificate authority, which the node needs`,
      'add certificate-authority-data to it',
    );
  return { url: server ?? endpoint.url, ca: String(ca) };
}
