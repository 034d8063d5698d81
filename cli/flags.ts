import { boolean, string } from '@oclif/core/flags';
import { parseDuration } from './duration.ts';
import { usage } from './errors.ts';

const API = { helpGroup: 'WHERE' };

/** Where the API is: as kubectl takes it. */
export const connection = {
  namespace: string({ ...API, char: 'n', helpValue: 'NAME', description: "Namespace; the context's where not given." }),
  context: string({ ...API, helpValue: 'NAME', description: 'Context of the kubeconfig to use.' }),
  kubeconfig: string({
    ...API,
    helpValue: 'FILE',
    description: 'Kubeconfig file, instead of $KUBECONFIG or ~/.kube/config.',
  }),
};

export const allNamespaces = boolean({ char: 'A', description: 'Of all namespaces.' });
export const selector = string({
  char: 'l',
  helpValue: 'QUERY',
  description: 'Label selector, such as app=web,tier!=db.',
});
export const fieldSelector = string({ helpValue: 'QUERY', description: 'Field selector, such as spec.nodeName=n1.' });
export const watch = boolean({ char: 'w', description: 'Go on showing changes.' });

const FORMATS = ['table', 'wide', 'yaml', 'json', 'name'] as const;
export type Format = (typeof FORMATS)[number];

/** Anything but a table is an object as the API has it. */
export const output = string({
  char: 'o',
  options: [...FORMATS],
  helpValue: FORMATS.join('|'),
  description: 'Output format.',
});

/** For commands that change one object and have no table of it. */
export const objectOutput = string({
  char: 'o',
  options: ['yaml', 'json', 'name'],
  helpValue: 'yaml|json|name',
  description: 'Print the object instead of a sentence.',
});

export const dataOutput = string({
  char: 'o',
  options: ['json', 'yaml'],
  helpValue: 'json|yaml',
  description: 'Output for programs.',
});

export const dryRun = string({
  options: ['none', 'client', 'server'],
  default: 'none',
  helpValue: 'none|client|server',
  description: 'client: send nothing; server: let the API check it and keep nothing.',
});

export const timeoutFlag = (preset: string) =>
  string({
    default: preset,
    helpValue: 'DURATION',
    description: 'How long to wait, such as 90s or 5m; 0 waits for ever.',
    parse: async (text) => {
      if (parseDuration(text) === undefined)
        throw usage(`--timeout "${text}" is not a duration`, 'write it as 90s, 5m or 1h30m');
      return text;
    },
  });

export const waiting = {
  wait: boolean({ description: 'Wait until it is done, showing progress.' }),
  timeout: timeoutFlag('5m'),
};

/** Milliseconds of a checked --timeout. */
export const timeoutMs = (text: string): number => {
  const ms = parseDuration(text) ?? 0;
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
};

const files = {
  char: 'f',
  aliases: ['file'] as string[],
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'FILE',
  description: 'YAML or JSON file, folder of such files, or - for standard input; may be repeated.',
} as const;

export const filenames = string(files);
export const requiredFilenames = string({ ...files, required: true });
export const recursive = boolean({ char: 'R', description: 'Read subfolders of -f too.' });
