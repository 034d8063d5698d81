import { type CloudInit, renderSeed, SeedProblem, seedTexts } from '../../schemas/cloud-init/index.ts';
import { Failure } from '../errors.ts';

/** A Secret is not looked at here: any text will do for the password in it. */
const unread = ({ noCloud }: CloudInit) => ({ [noCloud?.user?.passwordSecretRef?.key ?? 'password']: 'eA==' });

/** Refuses before the API is asked what no seed can be made of. @throws Failure (usage) */
export async function checkSeed(name: string, cloudInit: CloudInit): Promise<void> {
  const { parseYaml } = await import('../chunks/yaml.ts');
  try {
    renderSeed({
      cloudInit,
      machine: { name, uid: name },
      texts: seedTexts(cloudInit, () => unread(cloudInit)),
      parse: parseYaml,
    });
  } catch (error) {
    if (error instanceof SeedProblem) throw new Failure('usage', error.message, 'mend it, and create the machine then');
    throw error;
  }
}
