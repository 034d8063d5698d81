import { spawn } from 'node:child_process';

/**
 * Runs a program to its end with its output thrown away. It is what is timed, so nothing but Node's own spawn stands
 * between: execa's milliseconds would pull every ratio towards 1.
 * @throws when it fails, with what it said
 */
export function run(command: readonly string[], env: NodeJS.ProcessEnv = process.env, input?: string): Promise<void> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    child.stdin?.end(input);
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command.join(' ')} exited with ${code}: ${said}`)),
    );
  });
}
